//! Protocol value -> view -> JSON text -> view -> the same protocol value.

use std::fmt::Debug;

use argosy_primitives::{CommitCertificate, Header, Hrp, Receipt, SignedTransaction};
use argosy_rpc_api::{
    At, BlockAnswer, BlockDetail, CertificateView, HeaderView, ReceiptView, TransactionView,
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use crate::sample;

#[track_caller]
fn through_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) -> T {
    let text = serde_json::to_string(&value).unwrap();
    let back: T = serde_json::from_str(&text).unwrap();
    assert_eq!(back, value, "{text}");
    back
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn headers_keep_their_hash(header in sample::any_header()) {
        let view = through_json(HeaderView::new(&header, Hrp::Test));
        prop_assert_eq!(Header::from(&view).hash(), header.hash());
    }

    #[test]
    fn transactions_keep_every_byte(signed in sample::any_signed()) {
        let view = through_json(TransactionView::new(&signed, Hrp::Main));
        prop_assert_eq!(view.id.0, signed.id());
        prop_assert_eq!(view.sender.address, signed.sender());
        prop_assert_eq!(SignedTransaction::from(&view), signed);
    }

    #[test]
    fn receipts_keep_their_leaf(receipt in sample::any_receipt()) {
        let view = through_json(ReceiptView::new(&receipt, Hrp::Dev));
        prop_assert_eq!(Receipt::from(&view).leaf(), receipt.leaf());
    }
}

#[test]
fn certificates_keep_their_hash() {
    let certificate = sample::certificate();
    let view = through_json(CertificateView::new(&certificate, Hrp::Dev));
    assert_eq!(CommitCertificate::from(&view), certificate);
}

#[test]
fn blocks_show_as_much_as_is_asked_for() {
    let block = sample::block();
    let at = At::new(block.header.height, block.header.hash());
    let ids = through_json(BlockAnswer::new(at, &block, BlockDetail::Ids, Hrp::Dev));
    let full = through_json(BlockAnswer::new(at, &block, BlockDetail::Full, Hrp::Dev));
    assert_eq!(ids.transactions, None);
    assert_eq!(full.transactions.as_ref().map(Vec::len), Some(1));
    assert_eq!(ids.tx_ids, full.tx_ids);
}
