//! Owners, roles and pauses let in whom they should.

use argosy_contract::access::{AccessError, Owner, Pause, Roles};
use argosy_contract::prelude::*;
use argosy_contract::testing::Failure;
use argosy_contract::{Entry, SdkError};

#[derive(AbiType, MapKey, Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Minter,
    Auditor,
}

#[storage]
struct Mint {
    owner: Owner,
    pause: Pause,
    roles: Roles<Role>,
    minted: Item<u64>,
}

#[error]
#[derive(Debug, PartialEq, Eq)]
enum MintError {
    Refused { why: String },
}

impl From<AccessError> for MintError {
    fn from(error: AccessError) -> MintError {
        let why = error.as_str().to_string();
        MintError::Refused { why }
    }
}

#[contract]
impl Mint {
    #[init]
    fn init(&mut self) {
        self.owner.set(&context::caller());
    }

    #[call]
    fn grant(&mut self, role: Role, to: Address) -> Result<bool, AccessError> {
        self.owner.check()?;
        Ok(self.roles.grant(&role, &to))
    }

    #[call]
    fn mint(&mut self) -> Result<u64, MintError> {
        self.pause.check()?;
        self.roles.check(&Role::Minter)?;
        let minted = self.minted.get_or_default() + 1;
        self.minted.set(&minted);
        Ok(minted)
    }

    #[call]
    fn stop(&mut self) -> Result<bool, RevertData> {
        self.owner.check()?;
        Ok(self.pause.pause())
    }
}

fn mint() -> (TestHost, Mint) {
    let host = TestHost::new::<Mint>();
    let mut mint = Mint::open();
    host.call_as(account("alice"), || mint.init());
    (host, mint)
}

fn refused(error: AccessError) -> Result<u64, MintError> {
    Err(error.into())
}

#[test]
fn an_owner_hands_over_in_two_steps() {
    let (host, mut mint) = mint();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(account);
    let owner = &mut mint.owner;
    assert_eq!(owner.get(), Some(alice));
    let not_owner = Err(AccessError::NotOwner);
    assert_eq!(host.call_as(bob, || owner.offer(&bob)), not_owner);
    let not_offered = Err(AccessError::NotOffered);
    assert_eq!(host.call_as(bob, || owner.accept()), not_offered);

    assert_eq!(host.call_as(alice, || owner.offer(&carol)), Ok(()));
    assert_eq!(host.call_as(alice, || owner.offer(&bob)), Ok(()));
    assert_eq!((owner.get(), owner.offered_to()), (Some(alice), Some(bob)));
    assert_eq!(host.call_as(carol, || owner.accept()), not_offered);
    assert_eq!(host.call_as(alice, || owner.withdraw()), Ok(()));
    assert_eq!(host.call_as(bob, || owner.accept()), not_offered);

    assert_eq!(host.call_as(alice, || owner.offer(&bob)), Ok(()));
    assert_eq!(host.call_as(bob, || owner.accept()), Ok(alice));
    assert_eq!((owner.get(), owner.offered_to()), (Some(bob), None));
    assert_eq!(host.call_as(alice, || owner.check()), not_owner);
    assert_eq!(host.call_as(bob, || owner.accept()), not_offered);

    assert_eq!(host.call_as(alice, || owner.renounce()), not_owner);
    assert_eq!(host.call_as(bob, || owner.renounce()), Ok(()));
    assert_eq!(owner.get(), None);
    assert_eq!(host.call_as(bob, || owner.check()), not_owner);
}

#[test]
fn a_role_is_had_by_whom_it_was_given() {
    let (host, mut mint) = mint();
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(account);
    let grant = |mint: &mut Mint, by, role, to| host.call_as(by, || mint.grant(role, to));
    assert_eq!(
        grant(&mut mint, bob, Role::Minter, bob),
        Err(AccessError::NotOwner)
    );
    assert_eq!(grant(&mut mint, alice, Role::Minter, bob), Ok(true));
    assert_eq!(grant(&mut mint, alice, Role::Minter, bob), Ok(false));
    assert_eq!(grant(&mut mint, alice, Role::Auditor, carol), Ok(true));
    assert_eq!(host.call_as(bob, || mint.mint()), Ok(1));
    let missing = refused(AccessError::RoleMissing);
    assert_eq!(host.call_as(carol, || mint.mint()), missing);
    assert_eq!(host.call_as(alice, || mint.mint()), missing);

    let members = |mint: &Mint, role| mint.roles.members(&role).collect::<Vec<_>>();
    assert_eq!(members(&mint, Role::Minter), [bob]);
    assert_eq!(members(&mint, Role::Auditor), [carol]);
    assert!(mint.roles.revoke(&Role::Minter, &bob));
    assert!(!mint.roles.revoke(&Role::Minter, &bob));
    assert_eq!(host.call_as(bob, || mint.mint()), missing);
    assert!(members(&mint, Role::Minter).is_empty());
}

#[test]
fn a_pause_stops_until_it_ends() {
    let (host, mut mint) = mint();
    let [alice, bob] = ["alice", "bob"].map(account);
    mint.roles.grant(&Role::Minter, &bob);
    assert!(host.call_as(bob, || mint.stop()).is_err());
    assert_eq!(host.call_as(bob, || mint.mint()), Ok(1));
    assert_eq!(host.call_as(alice, || mint.stop()), Ok(true));
    assert_eq!(host.call_as(alice, || mint.stop()), Ok(false));
    assert_eq!(
        host.call_as(bob, || mint.mint()),
        refused(AccessError::Paused)
    );
    assert!(mint.pause.resume() && !mint.pause.resume());
    assert_eq!(host.call_as(bob, || mint.mint()), Ok(2));
}

#[test]
fn a_refusal_is_a_text_unless_the_contract_has_words_of_its_own() {
    let (host, _) = mint();
    host.set_caller(account("bob"));
    let text = RevertData::Message(AccessError::NotOwner.as_str().into());
    let sent = |name, arguments: Vec<u8>| host.send_raw::<Mint>(Entry::Call, name, &arguments);
    assert_eq!(
        sent(selector!("stop"), vec![]),
        Err(Failure::Reverted(text.clone()))
    );
    let arguments = (Role::Minter, account("bob")).encode();
    assert_eq!(
        sent(selector!("grant"), arguments),
        Err(Failure::Reverted(text))
    );
    let own = MintError::from(AccessError::RoleMissing);
    assert_eq!(
        sent(selector!("mint"), vec![]),
        Err(Failure::Reverted(RevertData::Error(own.encode())))
    );
    let bad = (7u8, account("bob")).encode();
    let reason = RevertData::Sdk(SdkError::BadArguments);
    assert_eq!(
        sent(selector!("grant"), bad),
        Err(Failure::Reverted(reason))
    );
}
