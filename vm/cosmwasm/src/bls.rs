//! Points of BLS12-381: sums, pairings, hashes.
//!
//! The library decodes points on several threads. What comes out does not depend on them: sums and products
//! are taken in order, and of several points that are none any one gives the same code. How long it takes does:
//! prices are those of one thread.

use argosy_vm_host::Stop;
use cosmwasm_crypto::{
    CryptoError, HashFunction, bls12_381_aggregate_g1, bls12_381_aggregate_g2,
    bls12_381_hash_to_g1, bls12_381_hash_to_g2, bls12_381_pairing_equality,
};

use crate::desk::Desk;

/// Points of one call, in bytes.
const POINTS_BYTES_MAX: u32 = 2 * 1024 * 1024;
const G1_BYTES: u32 = 48;
const G2_BYTES: u32 = 96;
/// A message that is hashed to a point, in bytes.
const MESSAGE_BYTES_MAX: u32 = 5 * 1024 * 1024;
/// The domain that it is hashed in, in bytes.
const DOMAIN_BYTES_MAX: u32 = 5 * 1024;

const EQUAL: u32 = 0;
const UNEQUAL: u32 = 1;
const DONE: u32 = 0;

impl Desk<'_> {
    pub(crate) fn bls_aggregate_g1(&mut self, args: [i64; 2]) -> Result<i64, Stop> {
        self.aggregate(args, bls12_381_aggregate_g1)
    }

    pub(crate) fn bls_aggregate_g2(&mut self, args: [i64; 2]) -> Result<i64, Stop> {
        self.aggregate(args, bls12_381_aggregate_g2)
    }

    pub(crate) fn bls_pairing_equality(&mut self, args: [i64; 4]) -> Result<i64, Stop> {
        let [ps, qs, r, s] = args;
        let all = [
            (ps, POINTS_BYTES_MAX),
            (qs, POINTS_BYTES_MAX),
            (r, G1_BYTES),
            (s, G2_BYTES),
        ];
        let mut bytes = 0;
        for (points, bytes_max) in all {
            bytes += self.pay_region(points, bytes_max)?;
        }
        self.pay(self.terms.prices.bls12_381_pairing, bytes)?;
        let ps = self.copy(ps, POINTS_BYTES_MAX)?;
        let qs = self.copy(qs, POINTS_BYTES_MAX)?;
        let (r, s) = (self.copy(r, G1_BYTES)?, self.copy(s, G2_BYTES)?);
        let code = match bls12_381_pairing_equality(&ps, &qs, &r, &s) {
            Ok(true) => EQUAL,
            Ok(false) => UNEQUAL,
            Err(error) => error.code(),
        };
        Ok(code.into())
    }

    pub(crate) fn bls_hash_to_g1(&mut self, args: [i64; 4]) -> Result<i64, Stop> {
        self.hash(args, bls12_381_hash_to_g1)
    }

    pub(crate) fn bls_hash_to_g2(&mut self, args: [i64; 4]) -> Result<i64, Stop> {
        self.hash(args, bls12_381_hash_to_g2)
    }

    fn aggregate<const N: usize>(
        &mut self,
        [points, out]: [i64; 2],
        aggregate: fn(&[u8]) -> Result<[u8; N], CryptoError>,
    ) -> Result<i64, Stop> {
        let bytes = self.pay_region(points, POINTS_BYTES_MAX)?;
        self.pay(self.terms.prices.bls12_381_aggregate, bytes)?;
        let points = self.copy(points, POINTS_BYTES_MAX)?;
        match aggregate(&points) {
            Ok(point) => {
                self.fill(out, &point)?;
                Ok(DONE.into())
            }
            Err(error) => Ok(error.code().into()),
        }
    }

    fn hash<const N: usize>(
        &mut self,
        [function, message, domain, out]: [i64; 4],
        hash: fn(HashFunction, &[u8], &[u8]) -> [u8; N],
    ) -> Result<i64, Stop> {
        let bytes = self.pay_region(message, MESSAGE_BYTES_MAX)?
            + self.pay_region(domain, DOMAIN_BYTES_MAX)?;
        self.pay(self.terms.prices.bls12_381_hash, bytes)?;
        let message = self.copy(message, MESSAGE_BYTES_MAX)?;
        let domain = self.copy(domain, DOMAIN_BYTES_MAX)?;
        let function = match HashFunction::from_u32(function as u32) {
            Ok(function) => function,
            Err(error) => return Ok(error.code().into()),
        };
        self.fill(out, &hash(function, &message, &domain))?;
        Ok(DONE.into())
    }
}
