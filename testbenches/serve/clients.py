"""The server and clients that others wrote: tritonclient over HTTP and gRPC, and Chromium.

Builds the digits package, starts `bitladder serve`, asks it with both clients in several ways,
checks that refusals reach them as errors, and looks at the live page in headless Chromium. Run it with `./x serve-clients`.
"""

import gzip
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import environment

environment.enter(pathlib.Path(__file__).resolve().with_name("requirements.txt"), name=".venv-serve")

import numpy as np
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from tritonclient.utils import InferenceServerException

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIGITS = ROOT / "models/data/digits8x8"


def bitladder():
    """The command, built."""
    build = ["cargo", "build", "-q", "--release", "--locked", "-p", "bitladder", "--message-format=json"]
    lines = subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    found = [json.loads(line).get("executable") for line in lines]
    return [name for name in found if name][-1]


def read_idx(path):
    """An IDX file as an array."""
    data = gzip.decompress(path.read_bytes())
    dims = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(dims)).reshape(dims)


def infer(client, module, images, **parameters):
    """Classes, and what else the answer says."""
    kind = "UINT8" if images.dtype == np.uint8 else "FP32"
    tensor = module.InferInput("image", list(images.shape), kind)
    tensor.set_data_from_numpy(images)
    names = ["class", "precision", "scores"]
    outputs = [module.InferRequestedOutput(name) for name in names]
    result = client.infer("digits-cnn", [tensor], outputs=outputs, parameters=parameters or None)
    return [result.as_numpy(name) for name in names], result.get_response()


def check(client, module, images, labels, what):
    """Asks in several ways."""
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("digits-cnn"), what
    (classes, widths, scores), _ = infer(client, module, images, accuracy_floor=98)
    share = float((classes == labels).mean())
    assert share > 0.97, f"{what}: {share}"
    assert (scores.argmax(axis=1) == classes).all(), what
    names = {name.decode() for name in widths.ravel()}
    assert names <= {"16", "8", "4"}, f"{what}: {names}"
    (bytes_too, _, _), _ = infer(client, module, (images * 255).round().astype(np.uint8), accuracy_floor=98)
    assert (bytes_too == classes).all(), what
    try:
        infer(client, module, images[:, :, :7], accuracy_floor=98)
    except InferenceServerException as error:
        assert "send [images, 1, 8, 8]" in str(error), f"{what}: {error}"
    else:
        raise AssertionError(f"{what}: a wrong shape was taken")
    print(f"{what}: {len(images)} images, {100 * share:.2f} % right, precisions {sorted(names)}")


def look(http, folder):
    """The live page as Chromium has it after some seconds: what it draws comes from the server."""
    browser = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/browser"]
    # Virtual time passes at once, but waits for answers.
    browser += ["--virtual-time-budget=4000", "--dump-dom", f"http://{http}/"]
    result = subprocess.run(browser, capture_output=True, text=True, timeout=120)
    page = result.stdout
    assert result.returncode == 0 and "</html>" in page, result.stderr[-2000:]
    assert re.search(r'<span id="model">digits-cnn</span>', page), page[:2000]
    assert "sim:golden" in page and "connecting" not in page, page[:3000]
    ladder = re.search(r'<div id="ladder">(.*?)</div>', page, re.S).group(1)
    rungs = re.findall(r"<tr><td>(\w+)</td><td>(\d+)</td>", ladder)
    assert [name for name, _ in rungs] == ["4", "8"], f"rungs that images climb from: {ladder}"
    assert "drift" not in ladder, f"these are images like any others: {ladder}"
    charts = {name: re.search(rf'<div id="{name}">(.*?)</div>', page, re.S).group(1) for name in ("clock", "power", "queue", "times")}
    for name, chart in charts.items():
        assert "<svg" in chart and not re.search("NaN|undefined|Infinity", chart), f"{name}: {chart[:500]}"
    assert re.search(r'<path d="M[0-9.]', charts["clock"]), charts["clock"][:500]
    answers = len(re.findall("<circle|<path", charts["times"]))
    assert answers >= 4, f"{answers} response times are drawn, 4 requests were answered"
    print(f"Chromium: the page shows {answers} response times, clock, power, queue and {len(rungs)} rungs of the ladder")


def main():
    command = bitladder()
    with tempfile.TemporaryDirectory() as folder:
        package = pathlib.Path(folder) / "digits.blp"
        model = ROOT / "models/digits-cnn/model.onnx"
        quantize = [command, "quantize", model, "--format", "16,8,4", "--calib", DIGITS, "-o", package]
        subprocess.run([str(part) for part in quantize], check=True, stdout=subprocess.DEVNULL)
        serve = [command, "serve", package, "-c", "sim-4x4", "--data", DIGITS]
        serve += ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--deadline", "60000"]
        server = subprocess.Popen([str(part) for part in serve], stdout=subprocess.PIPE, text=True)
        try:
            line = server.stdout.readline()
            print(line.strip())
            http = line.split("http://")[1].split(",")[0].strip()
            grpc = line.split("gRPC at ")[1].strip()
            images = read_idx(next(DIGITS.glob("test-images*")))
            labels = read_idx(next(DIGITS.glob("test-labels*")))
            images = (images[:100].reshape(-1, 1, 8, 8) / 16).astype(np.float32)
            check(triton_http.InferenceServerClient(http), triton_http, images, labels[:100], "HTTP")
            check(triton_grpc.InferenceServerClient(grpc), triton_grpc, images, labels[:100], "gRPC")
            look(http, folder)
            metrics = urllib.request.urlopen(f"http://{http}/metrics", timeout=10).read().decode()
            assert "bitladder_requests_answered_total 4" in metrics, metrics
        finally:
            server.send_signal(signal.SIGTERM)
            status = server.wait(60)
        assert status == 0, f"the server ended with {status}"
    print("the server ended by itself when asked to")


if __name__ == "__main__":
    sys.exit(main())
