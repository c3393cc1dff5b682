//! Builds a graph node by node.

use crate::onnx::proto::{
    ATTRIBUTE_FLOAT, ATTRIBUTE_INT, ATTRIBUTE_INTS, AttributeProto, DimensionProto, GraphProto,
    ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TENSOR_FLOAT, TENSOR_INT8,
    TENSOR_INT64, TENSOR_UINT8, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto,
};

/// The version of the file format: the first with operator set 20.
const IR_VERSION: i64 = 9;
/// The version of the operator set: the first with `Gelu`.
const OPERATOR_SET: i64 = 20;

/// Names a value of a graph.
#[derive(Clone, Debug)]
pub struct Value(String);

/// Is one axis of an input or output.
#[derive(Clone, Copy, Debug)]
pub enum Axis {
    /// A fixed length.
    Fixed(usize),
    /// A length known at run time, by name.
    Named(&'static str),
}

/// Collects the nodes and constants of a graph; every value gets a name of its own.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    graph: GraphProto,
    metadata: Vec<StringStringEntryProto>,
}

impl GraphBuilder {
    /// Declares an input of integers.
    pub fn input(&mut self, name: &str, axes: &[Axis]) -> Value {
        self.graph.input.push(declaration(name, TENSOR_INT64, axes));
        Value(name.to_owned())
    }

    /// Declares an input of floats.
    pub fn float_input(&mut self, name: &str, axes: &[Axis]) -> Value {
        self.graph.input.push(declaration(name, TENSOR_FLOAT, axes));
        Value(name.to_owned())
    }

    /// Declares `value` an output of floats named `name`.
    pub fn output(&mut self, name: &str, value: &Value, axes: &[Axis]) {
        self.push("Identity", name, &[value], Vec::new());
        self.graph.output.push(declaration(name, TENSOR_FLOAT, axes));
    }

    /// Adds a pair of name and value to the model.
    pub fn metadata(&mut self, key: &str, value: &str) {
        self.metadata.push(StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        });
    }

    /// Adds a constant of floats.
    pub fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Value {
        self.constant(
            name,
            shape,
            TENSOR_FLOAT,
            values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        )
    }

    /// Adds a constant of signed bytes.
    pub fn signed_bytes(&mut self, name: &str, shape: &[usize], values: &[i8]) -> Value {
        self.constant(name, shape, TENSOR_INT8, values.iter().map(|v| v.cast_unsigned()).collect())
    }

    /// Adds one unsigned byte as a constant.
    pub fn unsigned_byte(&mut self, name: &str, value: u8) -> Value {
        self.constant(name, &[], TENSOR_UINT8, vec![value])
    }

    /// Adds a constant list of integers.
    pub fn integers(&mut self, name: &str, values: &[i64]) -> Value {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, &[values.len()], TENSOR_INT64, bytes)
    }

    /// Finds a constant that was added before.
    pub fn shared(&self, name: &str) -> Option<Value> {
        let known =
            self.graph.initializer.iter().any(|tensor| tensor.name.as_deref() == Some(name));
        known.then(|| Value(name.to_owned()))
    }

    fn constant(&mut self, name: &str, shape: &[usize], data_type: i32, bytes: Vec<u8>) -> Value {
        self.graph.initializer.push(TensorProto {
            dims: shape.iter().map(|&length| length as i64).collect(),
            data_type: Some(data_type),
            name: Some(name.to_owned()),
            raw_data: Some(bytes),
        });
        Value(name.to_owned())
    }

    /// Adds a node with one output.
    pub fn node(&mut self, operator: &str, inputs: &[&Value]) -> Value {
        self.node_with(operator, inputs, Vec::new())
    }

    /// Adds a node with attributes and one output.
    pub fn node_with(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: Vec<AttributeProto>,
    ) -> Value {
        let name = self.fresh_name(operator);
        self.push(operator, &name, inputs, attributes);
        Value(name)
    }

    /// Adds a node that makes floats of bytes or integers.
    pub fn cast_to_float(&mut self, value: &Value) -> Value {
        self.node_with("Cast", &[value], vec![integer_attribute("to", i64::from(TENSOR_FLOAT))])
    }

    /// Adds a node with several outputs.
    pub fn node_with_outputs<const N: usize>(
        &mut self,
        operator: &str,
        inputs: &[&Value],
        attributes: Vec<AttributeProto>,
    ) -> [Value; N] {
        let name = self.fresh_name(operator);
        let outputs: [Value; N] = std::array::from_fn(|index| Value(format!("{name}.{index}")));
        self.push(operator, &name, inputs, attributes);
        if let Some(node) = self.graph.node.last_mut() {
            node.output = outputs.iter().map(|value| value.0.clone()).collect();
        }
        outputs
    }

    fn fresh_name(&self, operator: &str) -> String {
        format!("{operator}_{}", self.graph.node.len())
    }

    fn push(
        &mut self,
        operator: &str,
        output: &str,
        inputs: &[&Value],
        attribute: Vec<AttributeProto>,
    ) {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|value| value.0.clone()).collect(),
            output: vec![output.to_owned()],
            name: Some(format!("node_{}", self.graph.node.len())),
            op_type: Some(operator.to_owned()),
            attribute,
        });
    }

    /// Completes the model.
    pub fn finish(mut self, name: &str, description: &str) -> ModelProto {
        self.graph.name = Some(name.to_owned());
        ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("groundswell".to_owned()),
            doc_string: Some(description.to_owned()),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto {
                domain: Some(String::new()),
                version: Some(OPERATOR_SET),
            }],
            metadata_props: self.metadata,
        }
    }
}

/// Builds an attribute that is a float.
pub fn float_attribute(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        f: Some(value),
        kind: Some(ATTRIBUTE_FLOAT),
        ..AttributeProto::default()
    }
}

/// Builds an attribute that is an integer.
pub fn integer_attribute(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        kind: Some(ATTRIBUTE_INT),
        ..AttributeProto::default()
    }
}

/// Builds an attribute that is a list of integers.
pub fn integers_attribute(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        kind: Some(ATTRIBUTE_INTS),
        ..AttributeProto::default()
    }
}

fn declaration(name: &str, elem_type: i32, axes: &[Axis]) -> ValueInfoProto {
    let dim = axes
        .iter()
        .map(|axis| match axis {
            Axis::Fixed(length) => {
                DimensionProto { dim_value: Some(*length as i64), dim_param: None }
            }
            Axis::Named(name) => {
                DimensionProto { dim_value: None, dim_param: Some((*name).to_owned()) }
            }
        })
        .collect();
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorTypeProto {
                elem_type: Some(elem_type),
                shape: Some(TensorShapeProto { dim }),
            }),
        }),
    }
}
