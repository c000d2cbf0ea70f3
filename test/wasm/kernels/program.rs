// Rust's standard library at work: collections, formatting, sorting. Built by ../build.sh; drive.js calls its exports.
use std::collections::BTreeMap;
#[no_mangle] pub extern "C" fn words(n: u32) -> u32 { let mut m = BTreeMap::new(); for i in 0..n * 500 { *m.entry(format!("k{}", i % 97)).or_insert(0u32) += i; } m.values().fold(0, |a, b| a.wrapping_mul(31).wrapping_add(*b)) }
#[no_mangle] pub extern "C" fn sorted(n: u32) -> u32 { let mut v: Vec<u32> = (0..n * 1000).map(|i| i.wrapping_mul(2654435761)).collect(); v.sort_unstable(); v.iter().step_by(7).fold(0, |a, b| a ^ b) }
#[no_mangle] pub extern "C" fn text(n: u32) -> u32 { let s: String = (0..n * 100).map(|i| char::from(b'a' + (i % 26) as u8)).collect(); s.replace("abc", "xyzw").bytes().map(u32::from).sum() }
