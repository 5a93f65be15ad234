//! The devnet: `devnet --help`.

use std::{fs, net::SocketAddr, path::Path, process::ExitCode, sync::Arc, thread, time::Instant};

use anstream::println;
use clap::Parser as _;
use hotshot_tests::{
    chain::{Chain, Failure, History},
    lie::Lie,
    options::Options,
    server::{Node, network_file, serve, stake_table_file},
};

fn main() -> ExitCode {
    let options = Options::parse();
    if options.lie.as_deref() == Some("list") {
        Lie::ALL.iter().for_each(|lie| println!("{:22} {}", lie.name(), lie.words()));
        return ExitCode::SUCCESS;
    }
    eprintln!("INSECURE DEVNET: all keys are derived from the seed {:?} and known to everybody.", options.seed);
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("devnet: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Failure> {
    let settings = options.settings()?;
    options.chosen_lie()?;
    let history = match &options.data_dir {
        Some(folder) => History::open(folder, &settings)?,
        None => History::default(),
    };
    let mut chain = Chain::new(settings, history)?;
    let before = chain.blocks().len() as u64;
    while (chain.blocks().len() as u64) <= options.history {
        chain.produce()?;
        let made = chain.blocks().len() as u64 - before;
        if made.is_multiple_of(1000) {
            eprintln!("history: {made} blocks of {}", options.history);
        }
    }
    if let Some(folder) = &options.record {
        return record(&chain, folder);
    }
    listen(options, chain)
}

/// Writes what has been made in the form of the recordings of real nodes.
fn record(chain: &Chain, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let mut lines = Vec::new();
    for block in chain.blocks() {
        let mut line = block.as_ref().clone();
        // Recordings have the next epoch's certificate in the child only.
        line.next_epoch_qc = None;
        serde_json::to_writer(&mut lines, &line)?;
        lines.push(b'\n');
    }
    fs::write(folder.join("blocks.jsonl"), lines)?;
    fs::write(folder.join("stake_table.json"), serde_json::to_vec_pretty(&stake_table_file(chain))?)?;
    fs::write(folder.join("network.json"), serde_json::to_vec_pretty(&network_file(chain, &[]))?)?;
    Ok(())
}

fn listen(options: &Options, chain: Chain) -> Result<(), Failure> {
    let node = Arc::new(Node::new(chain, options.manners()?));
    if let Some(lie) = options.chosen_lie()? {
        let height = node.chain().blocks().len() as u64;
        node.lie_from(Some(lie), options.lie_from.unwrap_or(height));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = serve(Arc::clone(&node), SocketAddr::new(options.bind, options.port)).await?;
        let address = format!("http://{}", server.address);
        if let Some(path) = &options.network_file {
            let mut network = network_file(&node.chain(), std::slice::from_ref(&address));
            node.manners().proofs.pin(&mut network);
            fs::write(path, serde_json::to_vec_pretty(&network)?)?;
        }
        let height = node.chain().blocks().len();
        println!("{}", serde_json::json!({ "address": address, "height": height, "insecure_devnet": true }));
        let producer = options.clone();
        thread::spawn(move || produce(&producer, &node));
        server.run().await
    })
}

/// Makes blocks at their times, for as long as the process lives.
fn produce(options: &Options, node: &Node) {
    let mut due = Instant::now();
    loop {
        due += options.block_time;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let height = node.chain().blocks().len() as u64;
        if options.stop_at.is_some_and(|last| height > last) {
            return;
        }
        if let Err(failure) = node.produce() {
            eprintln!("devnet: {failure}");
            return;
        }
    }
}
