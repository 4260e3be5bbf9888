//! Retrieval, leaving one out: every picture of a person with another one is a query against all
//! other pictures.

use rayon::prelude::*;

use super::scored::not_finite;
use crate::error::Result;
use crate::progress::{Progress, Unit, Watch};
use crate::search::CodeTable;

/// Depths at which recall is given.
pub(crate) const RECALL_AT: [usize; 5] = [1, 5, 10, 50, 100];

/// Queries whose distances are computed together, so that each block of rows is read once for all
/// of them.
const QUERIES: usize = 32;

/// Values in such a block: half an L2 cache.
const BLOCK_VALUES: usize = 64 << 10;

/// Groups of queries between two progress reports, for each thread.
const GROUPS: usize = 2;

/// What retrieval found. Copies of the query, byte for byte, are left out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RetrievalFigures {
    /// Pictures that have another one of their person to find.
    pub queries: usize,
    /// Pictures searched for each query, the query among them.
    pub gallery: usize,
    /// The share of queries whose nearest picture shows the query's person.
    pub rank1: f64,
    /// The mean over queries of the average precision: the mean, over the person's other pictures,
    /// of the share of the person's pictures among those up to it.
    pub mean_average_precision: f64,
    /// For each k of [`RECALL_AT`], the share of queries with a picture of their person among the
    /// k nearest.
    pub recall_at: [f64; RECALL_AT.len()],
}

/// The ranks that one query gives to its person's pictures.
struct QueryResult {
    average_precision: f64,
    /// From 1.
    first_rank: usize,
}

/// Searches for every picture that has another one of its person. `person` and `copy_of` name each
/// row's person and its first copy. Of equal distances, the lower row comes first. `None` if there
/// is no query.
///
/// # Errors
/// When a distance is not finite; `Cancelled` by the watcher.
pub(super) fn retrieve(
    codes: &CodeTable,
    person: &[usize],
    copy_of: &[usize],
    stage: &str,
    watch: Watch,
) -> Result<Option<RetrievalFigures>> {
    let queries = queries(person, copy_of);
    let mut figures = RetrievalFigures {
        queries: queries.len(),
        gallery: person.len(),
        rank1: 0.0,
        mean_average_precision: 0.0,
        recall_at: [0.0; RECALL_AT.len()],
    };
    if queries.is_empty() {
        return Ok(None);
    }
    let mut done = 0;
    let mut report = |done: usize| {
        watch(Progress {
            stage,
            done: done as u64,
            total: Some(queries.len() as u64),
            unit: Unit::Pictures,
        })
    };
    report(0)?;
    for part in queries.chunks(QUERIES * GROUPS * rayon::current_num_threads()) {
        let groups = part.par_chunks(QUERIES);
        let results = groups
            .map(|group| search_group(codes, group, person, copy_of))
            .collect::<Result<Vec<_>>>()?;
        for result in results.iter().flatten() {
            figures.mean_average_precision += result.average_precision;
            for (share, k) in figures.recall_at.iter_mut().zip(RECALL_AT) {
                *share += f64::from(u8::from(result.first_rank <= k));
            }
        }
        done += part.len();
        report(done)?;
    }
    let count = queries.len() as f64;
    figures.mean_average_precision /= count;
    figures.recall_at.iter_mut().for_each(|sum| *sum /= count);
    figures.rank1 = figures.recall_at[0];
    Ok(Some(figures))
}

/// The rows that have another picture of their person which is no copy of them.
pub(super) fn queries(person: &[usize], copy_of: &[usize]) -> Vec<usize> {
    let people = person.iter().max().map_or(0, |most| most + 1);
    // The first picture of each person, and whether another one differs from it.
    let mut first = vec![None; people];
    let mut varied = vec![false; people];
    for (&person, &copy) in person.iter().zip(copy_of) {
        let known = *first[person].get_or_insert(copy);
        varied[person] |= known != copy;
    }
    let rows = person.iter().enumerate();
    rows.filter_map(|(row, &person)| varied[person].then_some(row))
        .collect()
}

/// Searches for a few rows at once.
fn search_group(
    codes: &CodeTable,
    group: &[usize],
    person: &[usize],
    copy_of: &[usize],
) -> Result<Vec<QueryResult>> {
    let rows = codes.len();
    let block = (BLOCK_VALUES / codes.width()).max(16);
    let mut distances = vec![0.0f32; group.len() * rows];
    for first in (0..rows).step_by(block) {
        let end = rows.min(first + block);
        for (query, distances) in group.iter().zip(distances.chunks_exact_mut(rows)) {
            codes.squared_distances_from(*query, first, &mut distances[first..end]);
        }
    }
    let results = group.iter().zip(distances.chunks_exact(rows));
    results
        .map(|(&query, distances)| rank(query, distances, person, copy_of).ok_or_else(not_finite))
        .collect()
}

/// Ranks a query's person among all rows. `None` if a distance is not finite.
fn rank(
    query: usize,
    distances: &[f32],
    person: &[usize],
    copy_of: &[usize],
) -> Option<QueryResult> {
    let is_copy = |row: usize| copy_of[row] == copy_of[query];
    let mut relevant: Vec<(f32, usize)> = (0..distances.len())
        .filter(|&row| person[row] == person[query] && !is_copy(row))
        .map(|row| (distances[row], row))
        .collect();
    relevant.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let &(farthest, last) = relevant.last()?;
    // How many others come before each of the person's pictures, and after the one before it.
    let mut between = vec![0usize; relevant.len()];
    for (row, &distance) in distances.iter().enumerate() {
        if !distance.is_finite() {
            return None;
        }
        if distance > farthest || (distance == farthest && row > last) {
            continue;
        }
        if person[row] != person[query] && !is_copy(row) {
            let after = relevant.partition_point(|&(known, at)| {
                known < distance || (known == distance && at < row)
            });
            between[after] += 1;
        }
    }
    let (mut others, mut precisions) = (0, 0.0);
    for (found, count) in between.iter().enumerate() {
        others += count;
        precisions += (found + 1) as f64 / (found + 1 + others) as f64;
    }
    Some(QueryResult {
        average_precision: precisions / relevant.len() as f64,
        first_rank: 1 + between[0],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::unwatched;
    use crate::search::Metric;

    fn retrieve_line(
        places: &[f32],
        person: &[usize],
        copy_of: &[usize],
    ) -> Option<RetrievalFigures> {
        let table = CodeTable::new(places.to_vec(), 1, Metric::L2).unwrap();
        retrieve(&table, person, copy_of, "", &mut unwatched).unwrap()
    }

    #[test]
    fn ranks_and_precisions_are_as_worked_out_by_hand() {
        // On a line: 0 (A), 1 (B), 3 (A), 4 (A).
        // From 0: B, A, A: precisions 1/2 and 2/3. From 3: A, B, A: 1 and 2/3; from 4: A, B, A.
        let found = retrieve_line(&[0.0, 1.0, 3.0, 4.0], &[0, 1, 0, 0], &[0, 1, 2, 3]).unwrap();
        assert_eq!((found.queries, found.gallery), (3, 4));
        assert!((found.rank1 - 2.0 / 3.0).abs() < 1e-12);
        let expected = (7.0 / 12.0 + 2.0 * (5.0 / 6.0)) / 3.0;
        assert!(
            (found.mean_average_precision - expected).abs() < 1e-12,
            "{found:?}"
        );
        assert_eq!(found.recall_at[1..], [1.0; 4]);
    }

    #[test]
    fn of_equal_distances_the_lower_row_comes_first() {
        // Both others are one away from the middle one.
        let below = retrieve_line(&[1.0, 0.0, 2.0], &[1, 0, 0], &[0, 1, 2]).unwrap();
        let above = retrieve_line(&[0.0, 2.0, 1.0], &[0, 0, 1], &[0, 1, 2]).unwrap();
        assert_eq!((below.rank1, above.rank1), (0.0, 0.0));
        let tied = retrieve_line(&[1.0, 2.0, 0.0], &[0, 0, 1], &[0, 1, 2]).unwrap();
        // From 1, the row of its person is the lower one; from 2 its person is nearer.
        assert_eq!(tied.rank1, 1.0);
    }

    #[test]
    fn copies_of_the_query_are_neither_found_nor_in_the_way() {
        // Rows 0 and 1 are one picture, under two people's names.
        let found = retrieve_line(&[0.0, 0.0, 1.0], &[0, 1, 0], &[0, 0, 2]).unwrap();
        assert_eq!((found.queries, found.rank1), (2, 1.0));
        // A person whose pictures are all one has no query.
        assert_eq!(
            retrieve_line(&[0.0, 0.0, 1.0], &[0, 0, 1], &[0, 0, 2]),
            None
        );
        assert_eq!(retrieve_line(&[0.0], &[0], &[0]), None);
    }

    #[test]
    fn codes_that_are_not_finite_are_refused() {
        let table = CodeTable::new(vec![0.0, f32::NAN, 1.0], 1, Metric::L2).unwrap();
        let result = retrieve(&table, &[0, 1, 0], &[0, 1, 2], "", &mut unwatched);
        assert!(result.unwrap_err().to_string().contains("not finite"));
    }

    #[test]
    fn many_queries_are_ranked_as_one_by_one() {
        // Persons of three on a circle, by cosine; every distance is computed in a block.
        let count = 300;
        let values: Vec<f32> = (0..count)
            .flat_map(|at| {
                let angle = (at * 7919 % count) as f32 / count as f32 * 6.0;
                [angle.cos(), angle.sin()]
            })
            .collect();
        let person: Vec<usize> = (0..count).map(|at| at / 3).collect();
        let copy_of: Vec<usize> = (0..count).collect();
        let table = CodeTable::new(values, 2, Metric::Cosine).unwrap();
        let found = retrieve(&table, &person, &copy_of, "", &mut unwatched)
            .unwrap()
            .unwrap();
        let mut total = 0.0;
        for query in 0..count {
            let mut order: Vec<(f32, usize)> = (0..count)
                .filter(|&row| row != query)
                .map(|row| (table.distance_between(query, row), row))
                .collect();
            order.sort_by(|a, b| a.partial_cmp(b).unwrap());
            let (mut hits, mut sum) = (0.0, 0.0);
            for (rank, (_, row)) in order.iter().enumerate() {
                if person[*row] == person[query] {
                    hits += 1.0;
                    sum += hits / (rank + 1) as f64;
                }
            }
            total += sum / hits;
        }
        assert!((found.mean_average_precision - total / count as f64).abs() < 1e-12);
    }
}
