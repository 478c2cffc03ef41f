#!/bin/sh
# Make a user of the S3 server of docker-compose.yml for each role that touches objects, named as its user of Kafka.
# Again, it sets their keys anew. What they may do is told by `roadsieve bucket grant`.
set -eu
secrets=${SECRETS:-/run/secrets} gateway=${GATEWAY:-/app/versitygw}
ADMIN_ACCESS_KEY_ID=roadsieve ADMIN_SECRET_ACCESS_KEY=$(cat "$secrets/s3_admin")
export ADMIN_ACCESS_KEY_ID ADMIN_SECRET_ACCESS_KEY

there=$("$gateway" admin list-users)
for file in "$secrets"/s3_*; do
    role=${file##*/s3_}
    case $role in admin) continue ;; esac
    case $there in *"roadsieve.$role"*) act=update-user ;; *) act=create-user ;; esac
    "$gateway" admin "$act" --access "roadsieve.$role" --secret "$(cat "$file")" --role user
done
