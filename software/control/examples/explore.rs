use bitladder_control::*;
use bitladder_control::pace::*;
use bitladder_control::policy::*;
use bitladder_control::simulate::*;
fn main() {
    let a: Vec<f64> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let get = |i: usize, d: f64| a.get(i).copied().unwrap_or(d);
    let (batch, batches, gap, n) = (get(0, 145.0) as u64, get(1, 1.0) as u64, get(2, 908.0), get(3, 10.0) as usize);
    let pr = TimePriceOptions { premium: get(4, 1.5), reserve: get(5, 0.005), patience: get(6, 4.0) };
    let learn = get(7, 0.0) > 0.0;
    let platform = Platform::from_toml(platform::TESLA_P40, "x").unwrap();
    let over = 1.175;
    let w = Workload { requests: n, mean_gap: gap, images: 50000.0, spread: 0.11, seconds_per_image: 0.014814 * over, slack_factor: 2.0 };
    let weights = SlurmWeights { age: 1.0, size: -1.5 * 0.014814 * over, expected: 0.0 };
    let names = ["SLURM", "SLURM_DVFS", "PIT", "TP", "EDF"];
    let mut rows: Vec<Vec<[f64; 6]>> = vec![vec![]; 5];
    let t0 = std::time::Instant::now();
    for seed in 0..400 {
        let reqs = w.draw(seed);
        for (k, row) in rows.iter_mut().enumerate() {
            let mut est = if learn { Estimates::learning(&platform, over) } else { Estimates::fixed(&platform, over) };
            let mut machine = SimulatedMachine::new(&platform, &reqs);
            let mut rec = Record::new();
            let blocks = Blocks { batch, batches };
            let mut dvfs = CoordinatedDvfs::new(Default::default());
            let mut constant = Constant;
            let mut tp_pace = TimePrice::new(pr);
            let mut pol: Box<dyn Policy> = match k { 0 => Box::new(Slurm::top_clock(weights)), 1 => Box::new(Slurm::with_dvfs(weights)), 2 => Box::new(Pit), 3 => Box::new(TimePrice::new(pr)), _ => Box::new(DeadlineFirst) };
            let pace: &mut dyn Pace = match k { 0 | 4 => &mut constant, 3 => &mut tp_pace, _ => &mut dvfs };
            Controller::new(&mut *pol, pace, &mut est, blocks).serve(&mut machine, &mut rec).unwrap();
            row.push([rec.mean(|c| c.response()), rec.watts(), rec.joules() / n as f64, rec.mean(|c| platform.loss(c.precision)) * 100.0, rec.on_time() as f64 / n as f64, rec.mean(|c| c.precision as f64)]);
        }
    }
    let el = t0.elapsed().as_secs_f64();
    for (k, row) in rows.iter().enumerate() {
        let m: Vec<f64> = (0..6).map(|j| row.iter().map(|r| r[j]).sum::<f64>() / 400.0).collect();
        println!("{:11} RT {:7.1} W {:6.2} E {:8.1} loss {:.4} ontime {:.4} int8 {:.4}", names[k], m[0], m[1], m[2], m[3], m[4], m[5]);
    }
    let share = |f: &dyn Fn(usize) -> bool| (0..400).filter(|&i| f(i)).count() as f64 / 4.0;
    println!("E order {} P order {} RT pit<=dvfs {}", share(&|i| rows[2][i][2] < rows[1][i][2] && rows[1][i][2] < rows[0][i][2]), share(&|i| rows[2][i][1] < rows[1][i][1] && rows[1][i][1] < rows[0][i][1]), share(&|i| rows[2][i][0] <= rows[1][i][0]));
    println!("TP: E< {} loss<= {} ontime>= {} all {}", share(&|i| rows[3][i][2] < rows[2][i][2]), share(&|i| rows[3][i][3] <= rows[2][i][3]), share(&|i| rows[3][i][4] >= rows[2][i][4]), share(&|i| rows[3][i][2] <= rows[2][i][2] && rows[3][i][3] <= rows[2][i][3] && rows[3][i][4] >= rows[2][i][4]));
    println!("{} req/s", 400.0 * n as f64 * 5.0 / el);
}
