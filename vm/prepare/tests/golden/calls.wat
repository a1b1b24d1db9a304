;; instrumentation version 3, 254 bytes, blake3 0x9922e5c4f10d9a6f20a28f47200019fa638bc4c0d7c630501c65997199b1d500
(module
  (type (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (result i32)))
  (table (;0;) 1 1 funcref)
  (global (;0;) (mut i64) i64.const 0)
  (global (;1;) (mut i32) i32.const 0)
  (export "f" (func 1))
  (export "__gas" (global 0))
  (export "__depth" (global 1))
  (elem (;0;) (i32.const 0) func 0)
  (func (;0;) (type 0) (param i32) (result i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 9
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      local.tee 2
      i32.const 11
      i32.lt_s
      br_if 0 (;@1;)
      local.get 2
      i32.const 11
      i32.sub
      global.set 1
      block (result i32) ;; label = @2
        block (result i32) ;; label = @3
          local.get 0
          local.get 0
          br_table 0 (;@3;) 1 (;@2;)
        end
        local.get 1
        i64.const 4
        i64.sub
        local.set 1
        if ;; label = @3
          local.get 1
          i64.const 10
          i64.sub
          local.set 1
          i32.const 1
          local.get 1
          global.set 0
          call 0
          br 1 (;@2;)
        end
        local.get 1
        i64.const 4
        i64.sub
        local.set 1
        i32.const 2
        local.get 1
        global.set 0
      end
      local.get 2
      global.set 1
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
  (func (;1;) (type 1) (result i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 13
      i64.sub
      local.tee 0
      global.set 0
      local.get 0
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      local.tee 1
      i32.const 10
      i32.lt_s
      br_if 0 (;@1;)
      local.get 1
      i32.const 10
      i32.sub
      global.set 1
      block (result i32) ;; label = @2
        i32.const 7
        i32.const 0
        call_indirect (type 0)
      end
      local.get 1
      global.set 1
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
)
