;; incident: Exceptions as they were before the standard: `try` and `catch_all` around a trap.
(module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"
    "\03\02\01\00"
    "\07\08\01\04call\00\00"
    "\0a\09\01\07\00" "\06\40" "\00" "\19" "\0b" "\0b")
