//! Finding runs in their list: filters that are typed, and orders.

mod complete;
mod ending;
mod figure;
mod filter;
mod order;

pub(crate) use complete::complete;
pub(crate) use ending::{Ending, ending, whole_part};
pub(crate) use filter::Filter;
pub(crate) use order::{Column, Order};
