#!/usr/bin/env bash
# Host programs under a real Linux kernel drive a PCI device (QEMU's ivshmem-plain) through its
# resource file and through VFIO, behind QEMU's Intel IOMMU; the device's memory is a file that the
# machine's simulated mailbox serves.
#
#     testbenches/pcie/run.sh WORK-FOLDER [SECONDS]
set -euo pipefail
fail() { printf 'pcie: %s\n' "$*" >&2; exit 1; }
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$1
limit=${2:-600}
config=$root/gen/configs/sim-4x4.toml
mkdir -p "$work"
cd "$work"

# Kernel and shell come from Debian's archive, unpacked and not installed.
if [ ! -e kernel ]; then
    image=$(apt-cache depends linux-image-cloud-amd64 | grep -o 'linux-image-[0-9][^ ]*' | head -1)
    mkdir -p packages && (cd packages && apt-get download -q "$image" busybox-static)
    for package in packages/*.deb; do dpkg -x "$package" unpacked; done
    cp unpacked/boot/vmlinuz-* kernel
fi

target=${CARGO_TARGET_DIR:-$root/target}/debug
examples=$target/examples
cargo build -q --locked --manifest-path "$root/Cargo.toml" -p bitladder-host -p bitladder --bins --examples
digits=$root/models/data/digits8x8
"$target/bitladder" quantize -q "$root/models/digits-cnn/model.onnx" --format 8,4 --calib "$digits" \
    -o "$work/digits.blp" > /dev/null
"$target/bitladder" run -q --device sim:golden -c "$config" digits.blp "$digits" --limit 4 --ladder \
    > golden.txt

# The root file system: a shell, the host programs and what they need, and VFIO's modules.
rm -rf initramfs && mkdir -p initramfs/{bin,sys,proc,dev,lib64}
cp unpacked/bin/busybox initramfs/bin/
cp -r "$config" digits.blp "$digits" initramfs/
for program in "$examples/check_device" "$target/bitladder"; do
    strip -o "initramfs/$(basename "$program")" "$program"
    ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "initramfs$(dirname "$library")" && cp -L "$library" "initramfs$library"
    done
done
for module in irqbypass vfio vfio_virqfd vfio_iommu_type1 vfio-pci-core vfio-pci; do
    find unpacked/lib/modules -name "$module.ko" -exec cp {} initramfs/ \;
    [ -e "initramfs/$module.ko" ] || fail "the kernel's package has no module $module"
done
cp "$root/testbenches/pcie/init" initramfs/init
chmod +x initramfs/init
(cd initramfs && find . | cpio --quiet -o -H newc | gzip) > initramfs.gz

truncate -s 0 card && truncate -s 1M card
"$examples/mailbox_server" "$config" "$work/card" > server.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq "$limit"); do
    grep -q serving server.log && break
    kill -0 $server || { cat server.log; exit 1; }
    sleep 1
done

# Emulated, not virtualised: it works in containers and virtual machines too.
timeout "$limit" qemu-system-x86_64 -machine q35,accel=tcg -cpu max -m 512 -nodefaults -nic none \
    -display none -serial stdio -no-reboot -kernel kernel -initrd initramfs.gz \
    -append 'console=ttyS0 quiet loglevel=3 panic=-1 intel_iommu=on' \
    -device intel-iommu \
    -object memory-backend-file,id=card,share=on,mem-path="$work/card",size=1M \
    -device ivshmem-plain,memdev=card < /dev/null | tee console.log
grep -q 'pcie: passed' console.log || fail "the host program did not reach its end"
# The table of a run on the card is that of the golden model: class, margin and precision of each image.
grep '^  ' golden.txt | while read -r line; do
    grep -qF "$line" console.log || fail "the card does not say \`$line\`, as the golden model does"
done
# What must fail says why.
for text in 'its driver is none, not vfio-pci' 'another program uses this card' \
    'BAR 0 has 256 bytes, a mailbox takes 16384' 'reads as all ones) is gone' \
    'there is no such PCI device'; do
    grep -q "$text" console.log || fail "no line says \`$text\`"
done
