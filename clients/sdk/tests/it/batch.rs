//! Several transactions in one request.

use argosy_primitives::SignedTransaction;
use argosy_replica::BlockMode;
use argosy_rpc_api::{BlockSelector, RpcError};
use argosy_sdk::{Action, Client, SdkError, Signer, Transaction, dev_account};

use crate::chain::start;

fn payment(client: &Client, signer: &Signer, nonce: u64) -> SignedTransaction {
    let to = dev_account("bob").unwrap().address();
    signer.sign(Transaction {
        chain: client.chain(),
        signer: signer.public(),
        nonce,
        valid_until: 100,
        gas_limit: 100_000,
        max_gas_price: 1_000_000,
        tip: 0,
        deposit_max: 0,
        actions: vec![Action::Transfer { to, amount: 1 }],
    })
}

fn refusal(answer: &Result<argosy_primitives::TxId, SdkError>) -> &RpcError {
    let error = answer.as_ref().expect_err("it is refused");
    error.rpc().expect("the node says why")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_transaction_of_a_batch_has_an_answer_of_its_own_in_order() {
    let chain = start(BlockMode::Manual).await;
    let (client, alice) = (&chain.client, dev_account("alice").unwrap());
    let mut all: Vec<_> = (0..3).map(|it| payment(client, &alice, it)).collect();
    // The same again, and one that comes behind all the same.
    all.push(all[0].clone());
    all.push(payment(client, &alice, 3));
    let answers = client.submit_batch(&all).await;
    for (place, answer) in answers.iter().enumerate() {
        match place {
            3 => assert!(
                matches!(refusal(answer), RpcError::TxKnown { .. }),
                "{answer:?}"
            ),
            _ => assert_eq!(answer.as_ref().unwrap(), &all[place].id()),
        }
    }
    assert_eq!(answers.len(), all.len());
    client.mine().await.unwrap();
    let account = client.account(alice.address(), BlockSelector::Latest).await;
    assert_eq!(account.unwrap().nonce.0, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_is_not_answered_says_so_of_each() {
    let chain = start(BlockMode::Manual).await;
    let (client, alice) = (&chain.client, dev_account("alice").unwrap());
    assert!(client.submit_batch(&[]).await.is_empty());
    // More than the node takes in one request.
    let many: Vec<_> = (0..33).map(|it| payment(client, &alice, it)).collect();
    let answers = client.submit_batch(&many).await;
    assert_eq!(answers.len(), many.len());
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    let account = client.account(alice.address(), BlockSelector::Latest).await;
    assert_eq!(
        account.unwrap().next_nonce.unwrap().0,
        0,
        "none of them was taken"
    );
}
