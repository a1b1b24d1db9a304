;; incident: More pages than an address can reach.
(module binary
    "\00asm" "\01\00\00\00"
    "\05\05\01\00\81\80\04")                        ;; memory: 65 537 pages
