//! Arrays as JSON writes them.

use serde_json::Value;

use crate::{Error, Result};

/// Most axes of an array.
const AXES_MAX: usize = 8;

/// Values with a shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Lengths of the axes.
    pub(super) shape: Vec<usize>,
    /// Numbers, texts, flags and nulls, row by row.
    pub(super) cells: Vec<Value>,
}

impl Array {
    /// Reads lists of lists, all of the same length; `place` says where they stand in the request.
    ///
    /// # Errors
    ///
    /// `Rule` if lists have different lengths, are nested more than eight times, or hold objects.
    pub fn from_json(value: Value, place: &str) -> Result<Self> {
        let mut array = Self { shape: Vec::new(), cells: Vec::new() };
        let mut first = &value;
        while let Value::Array(items) = first {
            array.shape.push(items.len());
            let Some(item) = items.first() else { break };
            first = item;
        }
        if array.shape.len() > AXES_MAX {
            return Err(Error::Rule(format!("{place} is nested more than {AXES_MAX} times")));
        }
        array.fill(value, 0, place)?;
        Ok(array)
    }

    /// Reads values in one list, or in nested ones, that fill a shape.
    ///
    /// # Errors
    ///
    /// `Rule` if they do not.
    pub fn with_shape(shape: Vec<usize>, value: Value, place: &str) -> Result<Self> {
        let read = Self::from_json(value, place)?;
        let count = shape.iter().try_fold(1_usize, |product, length| product.checked_mul(*length));
        if shape.len() > AXES_MAX || count != Some(read.cells.len()) {
            return Err(Error::Rule(format!(
                "{place} has {} values, which do not fill the shape {shape:?}",
                read.cells.len()
            )));
        }
        Ok(Self { shape, cells: read.cells })
    }

    fn fill(&mut self, value: Value, depth: usize, place: &str) -> Result<()> {
        match (value, self.shape.get(depth).copied()) {
            (Value::Array(items), Some(length)) => {
                if items.len() != length {
                    return Err(Error::Rule(format!(
                        "{place} has {} values where others have {length}",
                        items.len()
                    )));
                }
                for (number, item) in items.into_iter().enumerate() {
                    // The path is only put together for what is wrong and for lists, which are few.
                    match item {
                        Value::Array(_) | Value::Object(_) => {
                            self.fill(item, depth + 1, &format!("{place}[{number}]"))?;
                        }
                        item if self.shape.len() == depth + 1 => self.cells.push(item),
                        _ => {
                            return Err(Error::Rule(format!(
                                "{place}[{number}] is a value where others are lists"
                            )));
                        }
                    }
                }
                Ok(())
            }
            (Value::Array(_), None) => Err(Error::Rule(format!("{place} is a list where others are values"))),
            (Value::Object(_), _) => {
                Err(Error::Rule(format!("{place} is an object where values are needed")))
            }
            (value, None) => {
                self.cells.push(value);
                Ok(())
            }
            (_, Some(_)) => Err(Error::Rule(format!("{place} is a value where others are lists"))),
        }
    }

    /// The values of a column: a list, or a table of one column. One value counts as a list of one.
    pub(super) fn into_column(self, name: &str) -> Result<Vec<Value>> {
        match self.shape.as_slice() {
            [] | [_] | [_, 1] => Ok(self.cells),
            shape => {
                Err(Error::Rule(format!("column `{name}` has the shape {shape:?}; it needs one value a row")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ragged_lists_are_told_by_their_place() {
        let told = |value: Value| Array::from_json(value, "inputs").unwrap_err().to_string();
        assert_eq!(told(json!([[1, 2, 3], [1]])), "inputs[1] has 1 values where others have 3");
        assert_eq!(told(json!([[1], 2])), "inputs[1] is a value where others are lists");
        assert_eq!(told(json!([1, [2]])), "inputs[1] is a list where others are values");
        assert_eq!(told(json!([{"a": 1}])), "inputs[0] is an object where values are needed");
        assert!(told(json!([[[[[[[[[1]]]]]]]]])).contains("nested"));
    }

    #[test]
    fn shapes_are_found_or_held_against() {
        let array = Array::from_json(json!([[1, 2], [3, 4], [5, 6]]), "x").unwrap();
        assert_eq!((array.shape.as_slice(), array.cells.len()), ([3, 2].as_slice(), 6));
        assert_eq!(Array::from_json(json!([]), "x").unwrap().shape, [0]);
        assert_eq!(Array::with_shape(vec![2, 1], json!([1, 2]), "x").unwrap().shape, [2, 1]);
        assert!(Array::with_shape(vec![usize::MAX, 2], json!([1, 2]), "x").is_err());
    }
}
