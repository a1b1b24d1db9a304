;; incident: The section of names says things about functions that do not exist, and ends too early. It must
;;   not count.
(module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"
    "\03\02\01\00"
    "\07\08\01\04call\00\00"
    "\0a\04\01\02\00\0b"
    "\00\10\04name\01\ff\ff\ff\ff\0f\ff\ff\ff\ff\0f")
