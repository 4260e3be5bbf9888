//! The vector operations of an instruction set.

/// Methods of [`super::vector::Simd`] that are an expression of intrinsics each.
macro_rules! intrinsics {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty = $body:expr;)*) => {
        $(
            #[inline(always)]
            // NEON is part of every aarch64 target, so its intrinsics are safe there.
            #[allow(unused_unsafe)]
            unsafe fn $name($($argument: $type),*) -> $result {
                // SAFETY: the caller has the instruction set, and valid pointers.
                unsafe { $body }
            }
        )*
    };
}

pub(super) use intrinsics;
