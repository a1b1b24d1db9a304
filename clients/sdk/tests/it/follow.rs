//! What comes, as it comes, from a development chain whose server goes away and comes back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use argosy_chain::{Chain, validator_set};
use argosy_driver::{Driver, DriverConfig, LocalNode};
use argosy_kv::MemoryStore;
use argosy_replica::{BlockMode, Config, Replica};
use argosy_rpc::{RpcConfig, RpcServer};
use argosy_rpc_api::{DropReasonView, EventFilter, TxStatus};
use argosy_sdk::{Action, Client, ClientOptions, SdkError, TxOptions, dev_account};
use argosy_spec::ChainSpec;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);

/// A chain, and the server before it.
struct Dev {
    client: Client,
    driver: Driver,
    node: Arc<LocalNode>,
    server: Option<RpcServer>,
}

async fn start(blocks: BlockMode) -> Dev {
    let spec = Arc::new(ChainSpec::dev());
    let chain = Chain::open(Arc::new(MemoryStore::new()), Arc::clone(&spec)).unwrap();
    let config = Config {
        blocks,
        pool: argosy_mempool::Limits::default(),
        proposer: validator_set(&spec).0[0].address,
        txs_per_block_max: 1_000,
        verify_own: false,
        quarantined: std::collections::BTreeSet::new(),
    };
    let replica = Replica::new(chain, config);
    let (driver, _end) = Driver::start(replica, DriverConfig::default()).unwrap();
    let node = Arc::new(LocalNode::new(driver.clone(), "test"));
    let (config, runtime) = (RpcConfig::on_free_port(), Handle::current());
    let server = RpcServer::start(config, node.clone(), &runtime);
    let server = server.await.unwrap();
    let url = format!("http://{}", server.address());
    Dev {
        client: Client::connect(&url).await.unwrap(),
        driver,
        node,
        server: Some(server),
    }
}

impl Dev {
    /// The server ends, and another one begins at the same place.
    async fn restart_server(&mut self) {
        let server = self.server.take().unwrap();
        let config = RpcConfig {
            listen: server.address(),
            max_stop_ms: 0,
            ..RpcConfig::default()
        };
        server.stop().await;
        let runtime = Handle::current();
        let started = RpcServer::start(config, self.node.clone(), &runtime);
        self.server = Some(started.await.unwrap());
    }

    async fn pay(&self) {
        let pay = Action::Transfer {
            to: dev_account("bob").unwrap().address(),
            amount: 1,
        };
        let alice = dev_account("alice").unwrap();
        let sent = self
            .client
            .send(&alice, vec![pay], &TxOptions::default())
            .await;
        sent.unwrap();
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        self.driver.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_each_once_over_servers_that_come_and_go() {
    const PAYMENTS: usize = 24;
    let mut dev = start(BlockMode::Instant).await;
    dev.pay().await;
    let none = "0.0.0".parse().unwrap();
    let mut stream = dev.client.follow_events(EventFilter::default(), Some(none));
    let (mut cursors, mut heights) = (Vec::new(), Vec::new());
    let mut heads = dev.client.follow_heads(Some(0));
    for payment in 1..=PAYMENTS {
        if payment % 6 == 0 {
            dev.restart_server().await;
        }
        if payment < PAYMENTS {
            dev.pay().await;
        }
        if payment % 4 != 0 {
            continue;
        }
        // Behind the payments that were made until here.
        let made = (payment + 1).min(PAYMENTS);
        while cursors.len() < made {
            let news = timeout(SOON, stream.next()).await.unwrap().unwrap();
            cursors.extend(news.entries.iter().map(|it| it.cursor.0));
        }
        while heights.len() < made {
            let news = timeout(SOON, heads.next()).await.unwrap().unwrap();
            heights.extend(news.entries.iter().map(|it| it.at.height.0));
        }
    }
    let none = EventFilter::default();
    let page = dev.client.events(none, None, (None, None), Some(1000));
    let all: Vec<_> = page.await.unwrap().events;
    let all: Vec<_> = all.iter().map(|it| it.cursor.0).collect();
    assert_eq!(cursors, all);
    assert!(heights.iter().copied().eq(1..=PAYMENTS as u64));
    assert_eq!(heads.cursor(), Some(PAYMENTS as u64));
    assert!(stream.cursor().unwrap() >= *cursors.last().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_watched_to_its_end() {
    let dev = start(BlockMode::Manual).await;
    let alice = dev_account("alice").unwrap();
    let pay = |amount, options: TxOptions| {
        let to = dev_account("bob").unwrap().address();
        let (client, alice) = (dev.client.clone(), &alice);
        async move {
            let actions = vec![Action::Transfer { to, amount }];
            let transaction = client.prepare(alice.public(), actions, &options);
            alice.sign(transaction.await.unwrap())
        }
    };
    let first = pay(1, TxOptions::default()).await;
    let mut watch = dev.client.watch_tx(first.id());
    dev.client.submit(&first).await.unwrap();
    let answer = timeout(SOON, watch.next()).await.unwrap().unwrap().unwrap();
    assert_eq!((answer.status, answer.is_final), (TxStatus::Pending, false));
    assert!(answer.received.is_some());
    dev.driver.mine().await.unwrap();
    let answer = timeout(SOON, watch.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(answer.status, TxStatus::Included { .. }));
    assert!(answer.is_final);
    assert_eq!(watch.next().await.unwrap(), None);

    // One that is replaced is told by what.
    let options = TxOptions {
        nonce: Some(1),
        ..TxOptions::default()
    };
    let second = pay(2, options.clone()).await;
    let third = pay(
        3,
        TxOptions {
            tip: options.tip + 1_000_000,
            ..options
        },
    )
    .await;
    dev.client.submit(&second).await.unwrap();
    let mut watch = dev.client.watch_tx(second.id());
    timeout(SOON, watch.next()).await.unwrap().unwrap();
    dev.client.submit(&third).await.unwrap();
    let answer = timeout(SOON, watch.next()).await.unwrap().unwrap().unwrap();
    let by = third.id().into();
    let reason = DropReasonView::Replaced { by };
    assert_eq!(answer.status, TxStatus::Dropped { reason });
    assert_eq!(watch.next().await.unwrap(), None);
}

/// Hands lines on to a server until they are cut; counts them.
struct Cutter {
    address: SocketAddr,
    lines: Arc<AtomicU32>,
    cut: watch::Sender<()>,
}

impl Cutter {
    async fn before(server: SocketAddr) -> Cutter {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cutter = Cutter {
            address: listener.local_addr().unwrap(),
            lines: Arc::default(),
            cut: watch::Sender::new(()),
        };
        let (lines, cut) = (Arc::clone(&cutter.lines), cutter.cut.clone());
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                lines.fetch_add(1, Ordering::Relaxed);
                let mut cut = cut.subscribe();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        cutter
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_that_is_cut_is_opened_once_more_and_nothing_is_missed() {
    let dev = start(BlockMode::Instant).await;
    let server = dev.server.as_ref().unwrap().address();
    let cutter = Cutter::before(server).await;
    let url = format!("http://{}", cutter.address);
    let client = Client::connect(&url).await.unwrap();
    let none = "0.0.0".parse().unwrap();
    let mut stream = client.follow_events(EventFilter::default(), Some(none));
    cutter.lines.store(0, Ordering::Relaxed);
    let mut cursors = Vec::new();
    for made in 1..=3 {
        dev.pay().await;
        while cursors.len() < made {
            let news = timeout(SOON, stream.next()).await.unwrap().unwrap();
            cursors.extend(news.entries.iter().map(|it| it.cursor.0));
        }
        // It is given up now and then, too.
        tokio::select! {
            biased;
            news = stream.next() => {
                cursors.extend(news.unwrap().entries.iter().map(|it| it.cursor.0));
            }
            () = std::future::ready(()) => {}
        }
        cutter.cut.send_replace(());
    }
    assert_eq!(
        cutter.lines.load(Ordering::Relaxed),
        3,
        "one after each cut"
    );
    let none = EventFilter::default();
    let page = dev.client.events(none, None, (None, None), None);
    let all: Vec<_> = page.await.unwrap().events;
    let all: Vec<_> = all.iter().map(|it| it.cursor.0).collect();
    assert_eq!(cursors, all);
}

#[tokio::test]
async fn who_cannot_reach_the_node_is_told_after_a_while() {
    let mut dev = start(BlockMode::Manual).await;
    let options = ClientOptions {
        wait_timeout: Duration::from_millis(200),
        ..ClientOptions::default()
    };
    let url = dev.client.url().to_owned();
    let client = Client::connect_with(&url, options).await.unwrap();
    dev.server.take().unwrap().stop().await;
    let mut stream = client.follow_heads(None);
    let error = stream.next().await.unwrap_err();
    assert!(matches!(error, SdkError::Unreachable { .. }), "{error}");
}
