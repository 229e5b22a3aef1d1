"""The album in S3 cold storage and back: uploaded with checksums, checked without a restore, restored, rehearsed."""
