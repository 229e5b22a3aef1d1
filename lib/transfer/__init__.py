"""Change files without losing one: operations, their execution, the journal, recovery, undo, the manifest, the lock."""
