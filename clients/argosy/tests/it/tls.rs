//! A node that speaks TLS, asked and followed by `https`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use argosy_chain::{Chain, validator_set};
use argosy_driver::{Driver, DriverConfig, LocalNode};
use argosy_kv::MemoryStore;
use argosy_replica::{BlockMode, Config, Replica};
use argosy_rpc::{Extras, Line, RpcConfig, RpcServer, Secure};
use argosy_rpc_tls::Tls;
use argosy_spec::ChainSpec;
use futures::FutureExt;
use futures::future::BoxFuture;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tokio::runtime::Handle;

use crate::world::{Dev, Ran, artifact, command};

/// Between sockets and HTTP.
struct Shield(Arc<Tls>);

impl Secure for Shield {
    fn greet(&self, line: Box<dyn Line>) -> BoxFuture<'static, io::Result<Box<dyn Line>>> {
        let tls = Arc::clone(&self.0);
        async move {
            let secret: Box<dyn Line> = Box::new(tls.accept(line).await?);
            Ok(secret)
        }
        .boxed()
    }
}

/// Writes a certificate for `localhost`, and the authority's beside it.
fn certify(folder: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let of_node = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let of_node = of_node.signed_by(&key, &authority, &authority_key).unwrap();
    fs::write(folder.join("ca.crt"), authority.pem()).unwrap();
    fs::write(folder.join("tls.crt"), of_node.pem()).unwrap();
    let place = folder.join("tls.key");
    fs::write(&place, key.serialize_pem()).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A development chain behind TLS, with the certificate in this folder.
async fn start(folder: &Path) -> (RpcServer, Driver) {
    let spec = Arc::new(ChainSpec::dev());
    let chain = Chain::open_dev(Arc::new(MemoryStore::new()), Arc::clone(&spec)).unwrap();
    let config = Config {
        blocks: BlockMode::Instant,
        pool: argosy_mempool::Limits::default(),
        proposer: validator_set(&spec).0[0].address,
        txs_per_block_max: 1_000,
        verify_own: false,
        quarantined: BTreeSet::new(),
    };
    let (driver, _end) =
        Driver::start(Replica::new(chain, config), DriverConfig::default()).unwrap();
    let node = Arc::new(LocalNode::new(driver.clone(), "test"));
    let config = RpcConfig {
        tls_dir: Some(folder.to_str().unwrap().to_owned()),
        ..RpcConfig::on_free_port()
    };
    let tls = Arc::new(Tls::read(folder).unwrap());
    let extras = Extras {
        traces: None,
        secure: Some(Arc::new(Shield(tls))),
    };
    let runtime = Handle::current();
    let started = RpcServer::start_with(config, node, extras, &runtime);
    (started.await.unwrap(), driver)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_is_asked_and_followed_by_https() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let (server, driver) = start(folder.path()).await;
    let url = format!("https://localhost:{}", server.address().port());
    let authority = folder.path().join("ca.crt");
    let run = async |line: &str, trusts: bool| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = command(&words);
        command
            .env("ARGOSY_RPC_URL", &url)
            .env_remove("SSL_CERT_DIR")
            .env_remove("SSL_CERT_FILE");
        if trusts {
            command.env("SSL_CERT_FILE", &authority);
        }
        let output = tokio::task::spawn_blocking(move || command.output());
        Ran::of(output.await.unwrap().unwrap())
    };
    run("tx transfer --from alice --to bob --amount 1", true)
        .await
        .ok();
    let watched = run("events watch --after 0.0.0 --count 1 -o json", true).await;
    assert_eq!(watched.ok().json()["cursor"], "1.0.0");
    let watched = run("block watch --after 0 --count 1 -o json", true).await;
    assert_eq!(watched.ok().json()["at"]["height"], 1);
    // Modules come the same way.
    let file = artifact("counter.wasm");
    let deploy = format!("contract deploy {file} --from alice -o json -- --start 40");
    let deployed = run(&deploy, true).await.ok().json();
    let id = deployed["contract"].as_str().unwrap();
    let out = folder.path().join("code.wasm");
    let out = out.to_str().unwrap();
    let fetch = format!("contract code {id} --force --out {out}");
    run(&fetch, true).await.ok();
    assert_eq!(fs::read(out).unwrap(), fs::read(&file).unwrap());
    // A fork of it reads state and code by https.
    let (origin, trusted, cache) = (url.clone(), authority.clone(), folder.path().join("cache"));
    let query = format!("contract query {id} -- value");
    let forked = tokio::task::spawn_blocking(move || {
        let environment = [
            ("SSL_CERT_FILE", trusted.as_path()),
            ("XDG_CACHE_HOME", cache.as_path()),
        ];
        let dev = Dev::start_in(&["--fork", &origin], &environment);
        dev.line(&query).ok().stdout
    });
    assert_eq!(forked.await.unwrap(), "40\n");
    // Nobody is believed whom no authority knows.
    for line in ["events watch --count 1", fetch.as_str()] {
        run(line, false).await.fails(4, &["cannot be reached"]);
    }
    driver.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_behind_tls_is_forked_with_its_modules() {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    let (server, driver) = start(folder.path()).await;
    let url = format!("https://localhost:{}", server.address().port());
    let authority = folder.path().join("ca.crt");
    let cache = tempfile::tempdir().unwrap();
    let forked = move || {
        let mut deploy = command(&["contract", "deploy"]);
        let words = "--from alice --get contract -- --name A --symbol B --decimals 2 --supply 7";
        deploy
            .arg(artifact("token.wasm"))
            .args(words.split_whitespace())
            .env("ARGOSY_RPC_URL", &url)
            .env("SSL_CERT_FILE", &authority);
        let deployed = Ran::of(deploy.output().unwrap()).ok();
        let environment = [
            ("SSL_CERT_FILE", authority.as_path()),
            ("XDG_CACHE_HOME", cache.path()),
        ];
        let fork = Dev::start_in(&["--fork", &url], &environment);
        let token = deployed.stdout.trim();
        fork.line(&format!(
            "contract query {token} -- balance-of --owner alice"
        ))
        .ok()
        .shows(&["7"]);
    };
    tokio::task::spawn_blocking(forked).await.unwrap();
    driver.stop();
}
