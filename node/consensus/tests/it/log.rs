//! The engine's log, from outside.

use std::fs;
use std::io::ErrorKind;

use argosy_consensus::log_height;
use malachitebft_wal::Log;

#[test]
fn the_height_is_the_one_that_the_engine_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("consensus.wal");
    assert_eq!(log_height(&path).unwrap(), None);
    fs::write(&path, []).unwrap();
    assert_eq!(log_height(&path).unwrap(), None);
    let mut log = Log::open(&path).unwrap();
    for height in [0, 1, 77, u64::MAX] {
        log.reset(height).unwrap();
        log.append([1, 2, 3]).unwrap();
        log.flush().unwrap();
        assert_eq!(log_height(&path).unwrap(), Some(height));
    }
    drop(log);
    let whole = fs::read(&path).unwrap();
    for bytes in [&whole[..5], &[9; 40]] {
        fs::write(&path, bytes).unwrap();
        let error = log_height(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{error}");
        assert!(error.to_string().contains("consensus.wal"), "{error}");
    }
}
