//! Embeddings in NumPy files (NEP 1), of which two dimensions of little-endian floats are read: a reader of every NumPy type would bring a
//! parser of Python for this one line.

use anyhow::{Context, Result, bail};
use groundswell_insight::Matrix;
use std::io::Write;
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes before the header of version 1, and what the header ends at a multiple of.
const PREFIX: usize = 10;
const ALIGNMENT: usize = 64;

/// Reads the embeddings of so many texts, `[texts, dimension]`, as 32-bit or 64-bit floats.
pub(super) fn read(path: &Path, texts: usize) -> Result<Matrix> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{shown}`"))?;
    let Some((header, values)) = parts(&bytes) else {
        bail!("`{shown}` is no NumPy file; write it with numpy.save");
    };
    if header.contains("'fortran_order': True") {
        bail!("`{shown}` is stored column by column; save numpy.ascontiguousarray of it");
    }
    let Some((rows, columns)) = shape(&header) else {
        bail!("`{shown}` has no two dimensions ({header}), expected [texts, dimension]");
    };
    if rows != texts {
        bail!(
            "`{shown}` has {rows} embeddings for {texts} texts; give one for each row of the data, in its order"
        );
    }
    let width = if header.contains("'<f4'") { 4 } else { 8 };
    if width == 8 && !header.contains("'<f8'") {
        bail!("`{shown}` holds no floats of 32 or 64 bits; save embeddings.astype('float32')");
    }
    if values.len() != rows * columns * width {
        bail!("`{shown}` ends too early or is damaged; write it again");
    }
    let (fours, _) = values.as_chunks::<4>();
    let (eights, _) = values.as_chunks::<8>();
    let values = match width {
        4 => fours.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
        _ => eights.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32).collect(),
    };
    Ok(Matrix::new(columns, values))
}

/// Cuts a file into its header and its values.
fn parts(bytes: &[u8]) -> Option<(String, &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (version, rest) = rest.split_at_checked(2)?;
    let length_bytes = if version[0] == 1 { 2 } else { 4 };
    let (length, rest) = rest.split_at_checked(length_bytes)?;
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let (header, values) = rest.split_at_checked(length)?;
    Some((String::from_utf8_lossy(header).trim().to_owned(), values))
}

/// Reads the shape from a header like `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 256), }`.
fn shape(header: &str) -> Option<(usize, usize)> {
    let (_, rest) = header.split_once("'shape': (")?;
    let (shape, _) = rest.split_once(')')?;
    let numbers: Vec<usize> =
        shape.split(',').map(|number| number.trim().parse()).collect::<Result<_, _>>().ok()?;
    let [rows, columns] = numbers[..] else { return None };
    Some((rows, columns))
}

/// Writes embeddings as 32-bit floats.
pub(super) fn write(path: &Path, embeddings: &Matrix) -> Result<()> {
    let (rows, columns) = (embeddings.rows(), embeddings.columns());
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let padded = (PREFIX + header.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX;
    header.extend(std::iter::repeat_n(' ', padded - header.len() - 1));
    header.push('\n');
    let written = || -> std::io::Result<()> {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        file.write_all(MAGIC)?;
        file.write_all(&[1, 0])?;
        file.write_all(&(header.len() as u16).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        for value in embeddings.iter().flatten() {
            file.write_all(&value.to_le_bytes())?;
        }
        file.flush()
    };
    written().with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embeddings.npy");
        let embeddings = Matrix::new(3, vec![1.0, 2.0, 3.0, -4.0, 5.5, 0.0]);
        write(&path, &embeddings).unwrap();
        assert_eq!(read(&path, 2).unwrap(), embeddings);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len() - 24) % ALIGNMENT, 0);
        let error = read(&path, 3).unwrap_err().to_string();
        assert!(error.contains("2 embeddings for 3 texts"), "{error}");
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(read(&path, 2).unwrap_err().to_string().contains("ends too early"));
        std::fs::write(&path, "text").unwrap();
        assert!(read(&path, 2).unwrap_err().to_string().contains("no NumPy file"));
    }

    #[test]
    fn headers_of_numpy_are_understood() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 256), }";
        assert_eq!(shape(header), Some((3, 256)));
        assert_eq!(shape("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"), None);
    }
}
