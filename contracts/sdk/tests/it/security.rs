//! The mistakes of docs/contracts/security.md: each broken contract is robbed here, and its mended twin is not.

use argosy_contract::prelude::*;
use argosy_contract::storage::raw;

fn alice() -> Address {
    account("alice")
}

fn mallory() -> Address {
    account("mallory")
}

mod access {
    use super::*;

    /// A safe of one owner.
    #[storage]
    struct Safe {
        owner: Item<Address>,
    }

    #[contract(uses(transfer))]
    impl Safe {
        #[init]
        fn init(&mut self) {
            self.owner.set(&context::caller());
        }

        #[call]
        fn empty_broken(&mut self, to: Address) -> Result<(), &'static str> {
            ensure!(context::signer() == self.owner.load(), "not the owner");
            transfer(&to, context::balance()).or_revert();
            Ok(())
        }

        #[call]
        fn empty_mended(&mut self, to: Address) -> Result<(), &'static str> {
            ensure!(context::caller() == self.owner.load(), "not the owner");
            transfer(&to, context::balance()).or_revert();
            Ok(())
        }
    }

    #[test]
    fn a_lured_signer_opens_what_asks_for_the_signer() {
        let host = TestHost::new::<Safe>();
        host.set_balance(host.contract(), 100);
        let mut safe = Safe::open();
        host.call_as(alice(), || safe.init());
        // Alice calls mallory's contract, and that calls the safe.
        host.set_caller(mallory());
        host.set_signer(alice());
        assert_eq!(safe.empty_mended(mallory()), Err("not the owner"));
        assert_eq!(host.balance(mallory()), 0);
        assert_eq!(safe.empty_broken(mallory()), Ok(()));
        assert_eq!(host.balance(mallory()), 100);
    }
}

mod overflow {
    use super::*;

    /// Sells tickets at a price.
    #[storage]
    struct Shop {
        price: Item<u64>,
    }

    #[contract]
    impl Shop {
        #[init]
        fn init(&mut self, price: u64) {
            self.price.set(&price);
        }

        #[call(payable)]
        fn buy_broken(&mut self, count: u64) -> Result<u64, &'static str> {
            let sum = self.price.load().wrapping_mul(count);
            ensure!(context::funds() >= u128::from(sum), "too little");
            Ok(count)
        }

        #[call(payable)]
        fn buy_mended(&mut self, count: u64) -> Result<u64, &'static str> {
            let sum = u128::from(self.price.load()) * u128::from(count);
            ensure!(context::funds() >= sum, "too little");
            Ok(count)
        }
    }

    #[test]
    fn a_sum_that_wraps_is_a_low_price() {
        let host = TestHost::new::<Shop>();
        let mut shop = Shop::open();
        shop.init(1 << 32);
        let many = 1 << 32;
        let bought = host.call_as(mallory(), || shop.buy_mended(many));
        assert_eq!(bought, Err("too little"));
        let bought = host.call_as(mallory(), || shop.buy_broken(many));
        assert_eq!(bought, Ok(many));
    }
}

mod reentry {
    use super::*;

    /// Keeps deposits, and tells who withdraws.
    #[storage]
    struct Bank {
        deposits: Map<Address, Balance>,
    }

    #[contract(uses(transfer, call))]
    impl Bank {
        #[init]
        fn init(&mut self) {}

        #[call]
        fn withdraw_broken(&mut self) {
            let to = context::caller();
            let amount = self.deposits.get_or_default(&to);
            tell(&to);
            transfer(&to, amount).or_revert();
            self.deposits.remove(&to);
        }

        #[call]
        fn withdraw_mended(&mut self) {
            let to = context::caller();
            let amount = self.deposits.get_or_default(&to);
            self.deposits.remove(&to);
            tell(&to);
            transfer(&to, amount).or_revert();
        }
    }

    /// Whoever is told may call back: that has to be allowed on purpose.
    fn tell(whom: &Address) {
        let told = Call::new(whom, selector!("withdrawn")).allow_reentry();
        drop(told.invoke_raw());
    }

    /// What mallory gets out of 10 of their own and 90 of others.
    fn robbed(withdraw: fn(&mut Bank)) -> Balance {
        let host = TestHost::new::<Bank>();
        host.set_balance(host.contract(), 100);
        let mut bank = Bank::open();
        bank.deposits.set(&mallory(), &10);
        host.stub(mallory(), move |call| {
            assert!(call.allow_reentry);
            withdraw(&mut Bank::open());
            Ok(vec![])
        });
        host.call_as(mallory(), || withdraw(&mut bank));
        host.balance(mallory())
    }

    #[test]
    fn who_is_told_before_it_is_written_withdraws_twice() {
        assert_eq!(robbed(Bank::withdraw_broken), 20);
        assert_eq!(robbed(Bank::withdraw_mended), 10);
    }
}

mod upgrade {
    use super::*;

    /// The first code.
    #[storage]
    struct First {
        limit: Item<u64>,
    }

    #[contract]
    impl First {
        #[init]
        fn init(&mut self, limit: u64) {
            self.limit.set(&limit);
        }
    }

    /// The same name for something else of the same size.
    #[storage]
    struct Broken {
        limit: Item<(u32, u32)>,
    }

    /// Another name, and a migration.
    #[storage]
    struct Mended {
        limit: Item<u64>,
        range: Item<(u32, u32)>,
    }

    #[contract]
    impl Mended {
        #[init]
        fn init(&mut self, limit: u64) -> Result<(), &'static str> {
            self.limit.set(&limit);
            self.migrate()
        }

        #[upgrade]
        fn migrate(&mut self) -> Result<(), &'static str> {
            let limit = self.limit.get().ok_or("migrated already")?;
            let limit = u32::try_from(limit).map_err(|_| "the limit is too large")?;
            self.range.set(&(0, limit));
            self.limit.remove();
            Ok(())
        }
    }

    #[test]
    fn state_of_another_type_is_misread_unless_it_is_migrated() {
        let host = TestHost::new::<First>();
        let mut first = First::open();
        first.init(500);
        let broken = <Broken as argosy_contract::__private::State>::HANDLES;
        assert_eq!(broken.limit.load(), (500, 0), "from 500 to 0");
        let mut mended = Mended::open();
        assert_eq!(host.call_as(alice(), || mended.migrate()), Ok(()));
        assert_eq!(mended.range.load(), (0, 500));
        assert!(!raw::has(&selector!("limit")), "nothing is left behind");
        let again = host.call_as(alice(), || mended.migrate());
        assert_eq!(again, Err("migrated already"));
    }
}

mod griefing {
    use super::*;

    /// Pays several people the same.
    #[storage]
    struct Payroll {
        people: List<Address>,
        due: Map<Address, Balance>,
    }

    #[contract(uses(transfer, call))]
    impl Payroll {
        #[init]
        fn init(&mut self) {}

        #[call]
        fn join(&mut self) {
            self.people.push(&context::caller());
            self.due.set(&context::caller(), &10);
        }

        /// All at once: one who refuses keeps all others from being paid, and so does a long list.
        #[call]
        fn pay_broken(&mut self) -> Result<(), RevertData> {
            for place in 0..self.people.len() {
                let to = self.people.get(place).or_revert();
                Call::new(&to, selector!("paid")).funds(10).invoke_raw()?;
            }
            Ok(())
        }

        /// Each fetches their own.
        #[call]
        fn fetch_mended(&mut self) -> Result<(), &'static str> {
            let to = context::caller();
            let due = self.due.get(&to).ok_or("nothing is due")?;
            self.due.remove(&to);
            transfer(&to, due).or_revert();
            Ok(())
        }
    }

    #[test]
    fn one_who_refuses_holds_nobody_up() {
        let host = TestHost::new::<Payroll>();
        host.set_balance(host.contract(), 100);
        let mut payroll = Payroll::open();
        for person in [alice(), mallory()] {
            host.call_as(person, || payroll.join());
        }
        host.stub(alice(), |_| Ok(vec![]));
        host.stub(mallory(), |_| {
            Err(CallError {
                status: StatusCode::Reverted,
                data: vec![],
            })
        });
        assert!(host.call_as(alice(), || payroll.pay_broken()).is_err());
        assert_eq!(host.balance(alice()), 0, "undone with the rest");
        assert_eq!(host.call_as(alice(), || payroll.fetch_mended()), Ok(()));
        assert_eq!(host.balance(alice()), 10);
        let again = host.call_as(alice(), || payroll.fetch_mended());
        assert_eq!(again, Err("nothing is due"));
    }
}
