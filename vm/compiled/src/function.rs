//! Functions that the instance exports, and calls to them.
//!
//! Imports of some ABIs call the instance back many times in a frame. Finding a function and comparing its type
//! takes longer than such a call, so that it is done once in a frame, and the usual shapes are called typed.

use wasmtime::{AsContextMut, Func, Instance, StoreContextMut, TypedFunc, Val};

use crate::guest::{Running, cut, widen};

/// A function of the instance.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) params: usize,
    shape: Shape,
}

/// How it is called.
#[derive(Clone)]
enum Shape {
    Plain(TypedFunc<(), ()>),
    Unary(TypedFunc<i32, i32>),
    Binary(TypedFunc<(i32, i32), i32>),
    Ternary(TypedFunc<(i32, i32, i32), i32>),
    Other(Func),
    /// It returns more than there is a word for.
    Uncallable,
}

/// The functions that a frame has called so far, by name: a handful.
#[derive(Default)]
pub(crate) struct Functions(Vec<(Box<str>, Function)>);

impl Functions {
    fn get(&self, name: &str) -> Option<&Function> {
        let found = self.0.iter().find(|(known, _)| **known == *name);
        found.map(|(_, function)| function)
    }
}

/// The function that is exported under a name.
pub(crate) fn find(
    mut store: StoreContextMut<'_, Running>,
    instance: Instance,
    name: &str,
) -> Option<Function> {
    if let Some(known) = store.data().functions.get(name) {
        return Some(known.clone());
    }
    let func = instance.get_func(&mut store, name)?;
    let function = Function::new(&mut store, func);
    let known = &mut store.data_mut().functions.0;
    known.push((name.into(), function.clone()));
    Some(function)
}

impl Function {
    fn new(store: &mut StoreContextMut<'_, Running>, func: Func) -> Function {
        let ty = func.ty(&mut *store);
        let params = ty.params().len();
        let shape = match (params, ty.results().len()) {
            (0, 0) => func.typed(&mut *store).map(Shape::Plain),
            (1, 1) => func.typed(&mut *store).map(Shape::Unary),
            (2, 1) => func.typed(&mut *store).map(Shape::Binary),
            (3, 1) => func.typed(&mut *store).map(Shape::Ternary),
            (_, 0 | 1) => Ok(Shape::Other(func)),
            _ => Ok(Shape::Uncallable),
        };
        // Not of the types that are called so: the values tell theirs.
        let shape = shape.unwrap_or(Shape::Other(func));
        Function { params, shape }
    }

    /// Calls it with as many words as it has parameters, each cut to the parameter's type. `None`: it cannot be
    /// called so.
    pub(crate) fn call(
        &self,
        store: StoreContextMut<'_, Running>,
        words: &[i64],
    ) -> Option<wasmtime::Result<Option<i64>>> {
        let word = |returned: wasmtime::Result<i32>| Some(returned.map(|it| Some(it.into())));
        match (&self.shape, words) {
            (Shape::Plain(func), []) => Some(func.call(store, ()).map(|()| None)),
            (Shape::Unary(func), [a]) => word(func.call(store, *a as i32)),
            (Shape::Binary(func), [a, b]) => word(func.call(store, (*a as i32, *b as i32))),
            (Shape::Ternary(func), [a, b, c]) => {
                word(func.call(store, (*a as i32, *b as i32, *c as i32)))
            }
            (Shape::Other(func), _) if words.len() == self.params => {
                Some(untyped(*func, store, words))
            }
            _ => None,
        }
    }
}

fn untyped(
    func: Func,
    mut store: StoreContextMut<'_, Running>,
    words: &[i64],
) -> wasmtime::Result<Option<i64>> {
    let ty = func.ty(&mut store);
    let args: Vec<_> = ty.params().zip(words).map(cut).collect();
    let mut returned = [Val::I32(0)];
    let returned = &mut returned[..ty.results().len()];
    func.call(store.as_context_mut(), &args, returned)?;
    Ok(returned.first().and_then(widen))
}
