//! The register tiles of an instruction set.

/// The two tile entry points of an instruction set, one instance for each row count.
/// Where it is used, the tiles and their arguments must be in scope.
macro_rules! tiles {
    ($vectors:literal; $($rows:literal)*) => {
        #[inline(always)]
        unsafe fn nn(rows: usize, wide: bool, tile: &NnTile<'_>) {
            // SAFETY: as the caller promises.
            unsafe {
                match (rows, wide) {
                    $(($rows, true) => nn_tile::<Self, $rows, $vectors>(tile),
                      ($rows, false) => nn_tile::<Self, $rows, 1>(tile),)*
                    _ => debug_assert!(false, "no tile of {rows} rows"),
                }
            }
        }
        #[inline(always)]
        unsafe fn tn(rows: usize, wide: bool, tile: &TnTile<'_>) {
            // SAFETY: as the caller promises.
            unsafe {
                match (rows, wide) {
                    $(($rows, true) => tn_tile::<Self, $rows, $vectors>(tile),
                      ($rows, false) => tn_tile::<Self, $rows, 1>(tile),)*
                    _ => debug_assert!(false, "no tile of {rows} rows"),
                }
            }
        }
    };
}

pub(super) use tiles;
