//! TLS for clients, where `rpc.tls_dir` names a certificate.

use std::io;
use std::path::Path;
use std::sync::Arc;

use argosy_rpc::{Line, RpcConfig, Secure};
use argosy_rpc_tls::Tls;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::failure::{Exit, Failure};

/// The certificate, which may be read again.
#[derive(Clone, Debug)]
pub(super) struct ClientTls(Arc<Tls>);

impl ClientTls {
    /// `None`: clients speak HTTP in the open.
    pub(super) fn of(config: &RpcConfig) -> Result<Option<ClientTls>, Failure> {
        let folder = config.tls_dir.as_ref();
        let read = folder.map(|it| Tls::read(Path::new(it)).map_err(refused));
        Ok(read.transpose()?.map(|tls| ClientTls(Arc::new(tls))))
    }

    /// Reads the files again, for connections from now on.
    pub(super) fn read_again(&self) -> Result<(), Failure> {
        self.0.read_again().map_err(refused)
    }
}

impl Secure for ClientTls {
    fn greet(&self, line: Box<dyn Line>) -> BoxFuture<'static, io::Result<Box<dyn Line>>> {
        let tls = Arc::clone(&self.0);
        async move {
            let secret: Box<dyn Line> = Box::new(tls.accept(line).await?);
            Ok(secret)
        }
        .boxed()
    }
}

fn refused(error: argosy_rpc_tls::TlsError) -> Failure {
    Failure::new(Exit::Usage, format!("rpc.tls_dir: {error}"))
}
