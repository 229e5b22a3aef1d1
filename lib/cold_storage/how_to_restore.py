"""The letter to whoever finds the bucket: how to get the album back without this toolkit. Pure."""

from __future__ import annotations

from lib.cold_storage.checksums import WHOLE_UP_TO
from lib.cold_storage.model import StoreUrl
from lib.cold_storage.prices import RESTORED_DAYS

_TEXT = """\
HOW TO GET THIS ALBUM BACK
==========================

{url} holds an album of photos and videos. Every file is an object of its own, under the name that it has in the album.
Nothing here needs a special program: the AWS command line (https://aws.amazon.com/cli/) is enough.
For an S3 server other than AWS, add --endpoint-url https://... to each aws command.

1. Most files are archived, and have to be asked for. This asks for all of them, the cheapest way (Bulk: up to 48 hours), and
   can be repeated; leave out what you do not need, for instance by a longer prefix such as {prefix}2014/07/

   aws s3api list-objects-v2 --bucket {bucket} --prefix "{prefix}" \\
       --query "Contents[?StorageClass!='STANDARD'].[Key]" --output text |
   while IFS= read -r key; do
     aws s3api restore-object --bucket {bucket} --key "$key" \\
         --restore-request '{{"Days":{days},"GlacierJobParameters":{{"Tier":"Bulk"}}}}'
   done

2. Wait, then fetch everything. What leaves AWS costs most of it: about $0.09 a GB after the first 100 GB of a month.

   aws s3 sync "{url}" Album --force-glacier-transfer

3. Check that every byte is as it was:

   cd Album && sha256sum -c SHA256SUMS        (on a Mac: shasum -a 256 -c SHA256SUMS)

With the toolkit that made this, all three steps are: import.py --restore {url} --output Album

What else is good to know
-------------------------
- SHA256SUMS lists every file with its SHA-256. Where there are several, such as SHA256SUMS.20261124T173000Z, the newest counts.
- MD5SUMS is for rclone: rclone check --checkfile md5 MD5SUMS remote:{bucket}/{prefix}
- A control character, a backslash, or a byte that is no UTF-8 is written in a key as %XX; SHA256SUMS has the name as it was.
- A key such as a.sha256-0123456789ab.jpg holds a.jpg as it became later: the first letters of its SHA-256 are in the name.
- Each object tells its file's SHA-256 in its metadata (x-amz-meta-sha256), and S3 keeps one as well (x-amz-checksum-sha256).
  Files of more than {whole:,} bytes were sent in parts of x-amz-meta-part-size bytes: there, S3 keeps the SHA-256 of the parts'
  SHA-256 values joined, and "-" and how many parts they are.
"""


def text(url: StoreUrl) -> str:
    """The letter for the album at `url`; it is the same at each run."""
    return _TEXT.format(url=url, bucket=url.bucket, prefix=url.prefix, days=RESTORED_DAYS, whole=WHOLE_UP_TO)
