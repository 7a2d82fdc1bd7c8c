#!/bin/sh
# Makes BUCKETS in the object store at S3_ENDPOINT; those that are there are left as they are. Needs curl alone.
set -eu
for bucket in $BUCKETS; do
  # The secret goes by standard input: a command line can be read by others.
  status=$(printf 'user = "%s:%s"\n' "$S3_ACCESS_KEY_ID" "$S3_SECRET_ACCESS_KEY" |
    curl --config - --silent --show-error --output /dev/null --write-out '%{http_code}' \
      --aws-sigv4 "aws:amz:$S3_REGION:s3" --request PUT "$S3_ENDPOINT/$bucket")
  case $status in
  200) echo "made: bucket $bucket" ;;
  409) echo "there: bucket $bucket" ;;
  *) echo "bucket $bucket: the object store answered $status" >&2 && exit 1 ;;
  esac
done
