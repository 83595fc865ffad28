//! x
use bitladder_control::*;
use bitladder_control::pace::*;
use bitladder_control::policy::*;
use bitladder_control::simulate::*;
fn main() {
    let platform = Platform::from_toml(platform::TESLA_P40, "x").unwrap();
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let premium: f64 = 1.5;
    let truth = Estimates::fixed(&platform, 1.0);
    let price = lost_image_price(&truth, premium);
    for over in [1.175, 1.0] {
    let w = Workload { requests: n, mean_gap: 908.0, images: 50000.0, spread: 0.11, seconds_per_image: 0.014814 * 1.175, slack_factor: 2.0 };
    let t0 = std::time::Instant::now();
    let mut late = [0usize; 3]; let mut cost = [0.0; 3]; let mut gaps = [vec![], vec![]];
    for seed in 0..40 {
        let reqs = w.draw(seed);
        let opt = optimum(&truth, &reqs, price).unwrap();
        late[0] += opt.late; cost[0] += opt.cost;
        for k in 0..2 {
            let mut est = Estimates::fixed(&platform, over);
            let mut machine = SimulatedMachine::new(&platform, &reqs);
            let mut rec = Record::new();
            let blocks = Blocks { batch: 145, batches: 1 };
            let mut dvfs = CoordinatedDvfs::new(Default::default());
            let mut tp_pace = TimePrice::new(TimePriceOptions::default());
            let mut tp = TimePrice::new(TimePriceOptions::default());
            let mut pit = Pit;
            if k == 0 { Controller::new(&mut pit, &mut dvfs, &mut est, blocks).serve(&mut machine, &mut rec).unwrap(); } else {
            Controller::new(&mut tp, &mut tp_pace, &mut est, blocks).serve(&mut machine, &mut rec).unwrap(); }
            let c: f64 = rec.completed.iter().map(|c| c.joules + price * platform.loss(c.precision) * c.request.images as f64).sum();
            let l = n - rec.on_time();
            late[k + 1] += l; cost[k + 1] += c;
            if l == opt.late { gaps[k].push(c / opt.cost - 1.0); }
        }
    }
    println!("over {over}: late {late:?} cost {cost:?} {:?} same-late {} {} mean gap {} {}", t0.elapsed(), gaps[0].len(), gaps[1].len(), gaps[0].iter().sum::<f64>() / gaps[0].len() as f64, gaps[1].iter().sum::<f64>() / gaps[1].len() as f64);
    }
}
