;; incident: A block whose type is an index of five bytes, of a function without parameters or results: multi-
;;   value by its encoding alone.
(module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"
    "\03\02\01\00"
    "\07\08\01\04call\00\00"
    "\0a\0b\01\09\00" "\02\80\80\80\80\00" "\0b\0b")
