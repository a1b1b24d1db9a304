;; A CosmWasm contract whose results are the messages that it is given, whatever the entry.
;;
;; Regions lie one behind the other from 1024 on, and are never freed.
(module
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 1024))
  (func (export "interface_version_8"))
  (func (export "allocate") (param $size i32) (result i32)
    (local $region i32)
    (local.set $region (global.get $free))
    (i32.store (local.get $region) (i32.add (local.get $region) (i32.const 12)))
    (i32.store offset=4 (local.get $region) (local.get $size))
    (global.set $free (i32.add (i32.add (local.get $region) (local.get $size)) (i32.const 12)))
    (local.get $region))
  (func (export "deallocate") (param i32))
  (func $mirror (param $env i32) (param $info i32) (param $msg i32) (result i32)
    (local.get $msg))
  (export "instantiate" (func $mirror))
  (export "execute" (func $mirror))
  (func (export "query") (param $env i32) (param $msg i32) (result i32)
    (local.get $msg)))
