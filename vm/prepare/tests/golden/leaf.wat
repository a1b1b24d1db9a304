;; instrumentation version 3, 191 bytes, blake3 0xa0facf9311f1bafc519b4e9f892652edff5913f7c438333aa92d13571591dbb8
(module
  (type (;0;) (func (param i32 i64) (result i32)))
  (global (;0;) (mut i64) i64.const 0)
  (global (;1;) (mut i32) i32.const 0)
  (export "f" (func 0))
  (export "__gas" (global 0))
  (export "__depth" (global 1))
  (func (;0;) (type 0) (param i32 i64) (result i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 4
      i64.sub
      local.tee 2
      global.set 0
      local.get 2
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      i32.const 13
      i32.lt_s
      br_if 0 (;@1;)
      block ;; label = @2
        loop ;; label = @3
          local.get 2
          i64.const 6
          i64.sub
          local.tee 2
          global.set 0
          local.get 2
          i64.const 0
          i64.lt_s
          br_if 2 (;@1;)
          local.get 0
          i32.eqz
          br_if 1 (;@2;)
          local.get 2
          i64.const 6
          i64.sub
          local.set 2
          local.get 1
          i64.eqz
          if ;; label = @4
            local.get 2
            i64.const 5
            i64.sub
            local.set 2
            i32.const 1
            local.get 2
            global.set 0
            return
          else
            local.get 2
            i64.const 4
            i64.sub
            local.set 2
            br 1 (;@3;)
          end
        end
      end
      local.get 2
      i64.const 8
      i64.sub
      local.set 2
      i32.const 1
      local.get 0
      local.get 0
      i32.eqz
      local.set 3
      local.get 3
      select
      local.get 2
      global.set 0
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
)
