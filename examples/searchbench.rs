use lfw_tui::rng::*;
use lfw_tui::search::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::sync::Arc;
use std::time::Instant;
fn median(mut t: Vec<f64>) -> f64 {
    t.sort_by(f64::total_cmp);
    t[t.len() / 2]
}
fn bench(name: &str, values: Vec<f32>, width: usize, queries: &[f32], metric: Metric, selfq: bool) {
    let t0 = Instant::now();
    let table = Arc::new(Table::new(values, width, metric).unwrap());
    let brute = Brute::new(table.clone());
    let tb = Instant::now();
    let lsh = Lsh::new(table.clone(), 1).unwrap();
    let built = tb.elapsed().as_secs_f64();
    let _ = t0;
    let (mut bt, mut lt, mut r, mut c, mut p) = (vec![], vec![], 0.0, 0, 0);
    let n = queries.len() / width;
    let k = 10 + selfq as usize;
    for q in queries.chunks(width) {
        let t = Instant::now();
        let e = brute.search(q, k).unwrap();
        bt.push(t.elapsed().as_secs_f64() * 1e3);
        let t = Instant::now();
        let f = lsh.probe(q, k).unwrap();
        lt.push(t.elapsed().as_secs_f64() * 1e3);
        r += recall(&f.hits[selfq as usize..], &e[selfq as usize..]);
        c += f.candidates;
        p += f.probes;
    }
    println!(
        "{name:28} brute {:.4} ms  lsh {:.4} ms recall {:.3} cand {} probes {} budget {} of {} build {:.2}s",
        median(bt),
        median(lt),
        r / n as f32,
        c / n,
        p / n,
        lsh.budget(),
        table.len(),
        built
    );
    let t = Instant::now();
    let _ = brute.search_batch(queries, 10).unwrap();
    println!(
        "{:28} batch of {n}: {:.2} ms",
        "",
        t.elapsed().as_secs_f64() * 1e3
    );
}
fn synthetic(rows: usize, dims: usize) -> (Vec<f32>, Vec<f32>) {
    let mut g = generator(0, Purpose::Sketch, 0, 0);
    let mut norm = |n: usize, s: f32| -> Vec<f32> {
        (0..n)
            .map(|_| {
                let v: f32 = StandardNormal.sample(&mut g);
                v * s
            })
            .collect()
    };
    let centres = norm(1000 * dims, 1.0);
    let mut g2 = generator(0, Purpose::Sketch, 1, 0);
    let mut data = norm(rows * dims, 0.5);
    for r in data.chunks_mut(dims) {
        let c = g2.random_range(0..1000);
        for (v, c) in r.iter_mut().zip(&centres[c * dims..]) {
            *v += c;
        }
    }
    let mut queries = vec![];
    for _ in 0..200 {
        let r = g2.random_range(0..rows);
        let noise = norm(dims, 0.1);
        queries.extend(
            data[r * dims..(r + 1) * dims]
                .iter()
                .zip(noise)
                .map(|(a, b)| a + b),
        );
    }
    (data, queries)
}
fn main() {
    for (n, d) in [(13233, 32), (13233, 512)] {
        let (data, q) = synthetic(n, d);
        bench(
            &format!("synthetic {n}x{d}"),
            data,
            d,
            &q,
            Metric::L2,
            false,
        );
    }
    if std::env::args().nth(1).as_deref() == Some("big") {
        let (data, q) = synthetic(1000000, 128);
        bench("synthetic 1Mx128", data, 128, &q, Metric::L2, false);
    }
    for d in [32usize, 128, 512] {
        let Ok(bytes) = std::fs::read(format!("/tmp/engine/pca{d}.f32")) else {
            continue;
        };
        let v: Vec<f32> = bytes
            .chunks(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        let n = v.len() / d;
        let w = Whitening::fit(&v, d).unwrap();
        let t = Instant::now();
        let wv = w.apply(&v).unwrap();
        println!("whiten apply {:.3}s", t.elapsed().as_secs_f64());
        let pick = |v: &[f32]| -> Vec<f32> {
            (0..200)
                .flat_map(|i| v[(i * n / 200) * d..(i * n / 200 + 1) * d].to_vec())
                .collect()
        };
        bench(
            &format!("real pca{d} l2"),
            v.clone(),
            d,
            &pick(&v),
            Metric::L2,
            true,
        );
        bench(
            &format!("real pca{d} cos"),
            v.clone(),
            d,
            &pick(&v),
            Metric::Cosine,
            true,
        );
        bench(
            &format!("real pca{d} white cos"),
            wv.clone(),
            d,
            &pick(&wv),
            Metric::Cosine,
            true,
        );
        bench(
            &format!("real pca{d} white l2"),
            wv.clone(),
            d,
            &pick(&wv),
            Metric::L2,
            true,
        );
    }
}
