;; incident: A component that holds a module.
(module binary
    "\00asm" "\0d\00\01\00"                         ;; component
    "\01\22"                                        ;; core module
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"
    "\03\02\01\00"
    "\07\08\01\04call\00\00"
    "\0a\04\01\02\00\0b")
