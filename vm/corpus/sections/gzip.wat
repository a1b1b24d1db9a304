;; incident: A compressed module, which some chains unpack.
(module binary
    "\1f\8b\08\00\00\00\00\00\00\03\03\00\00\00\00\00\00\00\00\00")
