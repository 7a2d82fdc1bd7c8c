#!/bin/sh
# The image's SeaweedFS reads who may do what from a file, which is made in memory from the template IDENTITIES and the
# credentials of the environment. What is given to this script is given to SeaweedFS.
set -eu
umask 077
cd "${FOLDER:-/run/lakestand}"
s3_access_key_id=$S3_ACCESS_KEY_ID s3_secret_access_key=$S3_SECRET_ACCESS_KEY
# By the shell itself: other programs' command lines can be read by others.
eval "cat <<END
$(cat "$IDENTITIES")
END" >s3.json
unset S3_ACCESS_KEY_ID S3_SECRET_ACCESS_KEY
exec weed -logtostderr=true "$@"
