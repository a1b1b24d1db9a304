;; incident: Another magic number.
(module binary
    "\00was\01\00\00\00")
