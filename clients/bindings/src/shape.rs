//! How the types of an ABI hold each other: which are a part of themselves, how many values lie in one, and how
//! deep it goes.
//!
//! Always holds: the time is that of reading every type once or twice, however they refer to each other.
//! Rust refuses types that hold themselves, that are larger than memory, or that nest too deep; all three are
//! found here before.

use argosy_vm_abi::schema::{Field, TypeDef, TypeItem};
use argosy_vm_abi::{Abi, TypeExpr};

/// How large a value is in place: what lies on the heap counts as one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// Values side by side.
    pub(crate) values: u64,
    /// Types inside each other.
    pub(crate) depth: u64,
}

/// The shape of every type.
#[derive(Debug)]
pub(crate) struct Shape<'a> {
    abi: &'a Abi,
    /// By position of the type: those with the same number hold each other.
    groups: Vec<usize>,
    sizes: Vec<Size>,
}

impl<'a> Shape<'a> {
    /// Measures the types of an ABI.
    pub(crate) fn of(abi: &'a Abi) -> Shape<'a> {
        let uses: Vec<Vec<usize>> = abi.types.iter().map(|it| used_by(abi, it)).collect();
        let finished = finished(&uses);
        let mut shape = Shape {
            abi,
            groups: groups(&uses, &finished),
            sizes: vec![Size::default(); uses.len()],
        };
        shape.measure();
        shape
    }

    /// Whether both are parts of each other: then one is boxed in the other.
    pub(crate) fn is_cycle(&self, holder: &str, held: &str) -> bool {
        let group = |name| Some(self.groups[position(self.abi, name)?]);
        group(holder).is_some_and(|it| group(held) == Some(it))
    }

    /// The size of a type that the ABI defines.
    pub(crate) fn size_named(&self, name: &str) -> Size {
        let known = position(self.abi, name).map(|it| self.sizes[it]);
        known.unwrap_or_default()
    }

    /// The size of a type; in the definition of `holder`, if it stands there.
    pub(crate) fn size(&self, ty: &TypeExpr, holder: Option<&str>) -> Size {
        let inner = match ty {
            TypeExpr::Vec(item) => Size {
                values: 1,
                ..self.size(item, holder)
            },
            TypeExpr::Option(item) => self.size(item, holder),
            TypeExpr::Array(item, count) => {
                let item = self.size(item, holder);
                let values = item.values.saturating_mul(u64::from(*count).max(1));
                Size { values, ..item }
            }
            TypeExpr::Result(ok, error) => self.size(ok, holder).and(self.size(error, holder)),
            TypeExpr::Tuple(items) => {
                let items = items.iter().map(|it| self.size(it, holder));
                items.fold(Size::default(), Size::and)
            }
            // A definition counts itself.
            TypeExpr::Named(name) if holder.is_some_and(|it| self.is_cycle(it, name)) => {
                return Size {
                    values: 1,
                    depth: 0,
                };
            }
            TypeExpr::Named(name) => return self.size_named(name),
            _ => Size {
                values: 1,
                depth: 0,
            },
        };
        Size {
            depth: inner.depth.saturating_add(1),
            ..inner
        }
    }

    /// Groups come in the order of their numbers: what one refers to beside itself has a larger number.
    fn measure(&mut self) {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|&it| std::cmp::Reverse(self.groups[it]));
        for group in order.chunk_by(|&a, &b| self.groups[a] == self.groups[b]) {
            let sizes: Vec<Size> = group.iter().map(|&it| self.definition(it)).collect();
            // A way may lead through all of them.
            let depth = sizes.iter().map(|it| it.depth).fold(0, u64::saturating_add);
            for (&index, size) in group.iter().zip(sizes) {
                self.sizes[index] = Size { depth, ..size };
            }
        }
    }

    fn definition(&self, index: usize) -> Size {
        let item = &self.abi.types[index];
        let types = members(item).filter_map(|it| TypeExpr::parse(&it.ty).ok());
        let sizes = types.map(|it| self.size(&it, Some(&item.name)));
        let all = sizes.fold(Size::default(), Size::and);
        Size {
            depth: all.depth.saturating_add(1),
            ..all
        }
    }
}

impl Size {
    /// Both side by side.
    fn and(self, other: Size) -> Size {
        Size {
            values: self.values.saturating_add(other.values),
            depth: self.depth.max(other.depth),
        }
    }
}

fn position(abi: &Abi, name: &str) -> Option<usize> {
    let found = abi.types.binary_search_by(|it| it.name.as_str().cmp(name));
    found.ok()
}

/// The types that a type names.
fn used_by(abi: &Abi, item: &TypeItem) -> Vec<usize> {
    let mut used = Vec::new();
    for ty in members(item).filter_map(|it| TypeExpr::parse(&it.ty).ok()) {
        ty.for_each_name(&mut |name| used.extend(position(abi, name)));
    }
    used.sort_unstable();
    used.dedup();
    used
}

fn members(item: &TypeItem) -> Box<dyn Iterator<Item = &Field> + '_> {
    match &item.def {
        TypeDef::Struct(fields) => Box::new(fields.iter()),
        TypeDef::Enum(variants) => Box::new(variants.iter().flat_map(|it| &it.fields)),
    }
}

/// The order in which a walk is done with them: each behind all that can only be reached through it.
fn finished(uses: &[Vec<usize>]) -> Vec<usize> {
    let (mut order, mut seen) = (Vec::new(), vec![false; uses.len()]);
    for start in 0..uses.len() {
        let mut open = vec![(start, 0)];
        while let Some((at, next)) = open.pop() {
            if next == 0 && std::mem::replace(&mut seen[at], true) {
                continue;
            }
            match uses[at].get(next) {
                Some(&used) => open.extend([(at, next + 1), (used, 0)]),
                None => order.push(at),
            }
        }
    }
    order
}

/// Which hold each other, by S. R. Kosaraju's way: against the arrows, from those that were finished last.
fn groups(uses: &[Vec<usize>], finished: &[usize]) -> Vec<usize> {
    let mut users = vec![Vec::new(); uses.len()];
    for (user, used) in uses.iter().enumerate() {
        for &used in used {
            users[used].push(user);
        }
    }
    let mut groups = vec![usize::MAX; uses.len()];
    for (number, &start) in finished.iter().rev().enumerate() {
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            if groups[at] == usize::MAX {
                groups[at] = number;
                open.extend(&users[at]);
            }
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use argosy_vm_abi::schema::Variant;

    fn abi(types: &[(&str, &[&str])]) -> Abi {
        let field = |ty: &&str| Field {
            name: "a".to_owned(),
            ty: (*ty).to_owned(),
        };
        let item = |(name, members): &(&str, &[&str])| TypeItem {
            name: (*name).to_owned(),
            def: TypeDef::Enum(vec![Variant {
                name: "V".to_owned(),
                index: 0,
                fields: members.iter().map(field).collect(),
            }]),
            docs: String::new(),
        };
        let mut types: Vec<TypeItem> = types.iter().map(item).collect();
        types.sort_by(|a, b| a.name.cmp(&b.name));
        Abi {
            types,
            ..Abi::default()
        }
    }

    #[test]
    fn those_that_hold_each_other_are_found() {
        let abi = abi(&[
            ("A", &["Option<B>", "D"]),
            ("B", &["Vec<C>"]),
            ("C", &["(A, u8)"]),
            ("D", &["E"]),
            ("E", &[]),
            ("Me", &["Me"]),
        ]);
        let shape = Shape::of(&abi);
        for (holder, held, expected) in [
            ("A", "B", true),
            ("B", "C", true),
            ("C", "A", true),
            ("Me", "Me", true),
            ("A", "D", false),
            ("D", "E", false),
            ("A", "Me", false),
        ] {
            assert_eq!(shape.is_cycle(holder, held), expected, "{holder} {held}");
        }
    }

    #[test]
    fn what_lies_in_place_is_counted_and_what_is_elsewhere_is_not() {
        let abi = abi(&[
            ("A", &["[B; 10]", "Vec<B>", "A"]),
            ("B", &["(u8, [u16; 4])"]),
        ]);
        let shape = Shape::of(&abi);
        assert_eq!(shape.size_named("B").values, 5);
        assert_eq!(shape.size_named("A").values, 50 + 1 + 1);
        let wide = TypeExpr::parse("[A; 4294967295]").unwrap();
        assert_eq!(shape.size(&wide, None).values, 52 * 4_294_967_295);
    }

    #[test]
    fn many_types_take_no_long_way() {
        // Each twice in the one before: 2^1000 values, and 1000 deep.
        let names: Vec<String> = (0..1_000).map(|it| format!("T{it:04}")).collect();
        let pairs: Vec<String> = names.iter().map(|it| format!("({it}, {it})")).collect();
        let members: Vec<[&str; 1]> = pairs.iter().map(|it| [it.as_str()]).collect();
        let mut types: Vec<(&str, &[&str])> = Vec::new();
        for (name, next) in names.iter().zip(&members[1..]) {
            types.push((name.as_str(), &next[..]));
        }
        types.push((names[999].as_str(), &["u8"]));
        let deep = abi(&types);
        let size = Shape::of(&deep).size_named(&names[0]);
        assert_eq!(size.values, u64::MAX);
        assert!(size.depth >= 1_000);
        // And round: a way through all of them.
        types.pop();
        types.push((names[999].as_str(), &["T0000"]));
        let round = abi(&types);
        let size = Shape::of(&round).size_named(&names[0]);
        assert_eq!(size.values, 2);
        assert!(size.depth >= 1_000);
    }
}
