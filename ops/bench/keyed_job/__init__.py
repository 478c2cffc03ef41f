"""The same keyed stateful job for every engine: one pure function, one output per record, durable state."""
