;; incident: A version to come.
(module binary
    "\00asm\02\00\00\00")
