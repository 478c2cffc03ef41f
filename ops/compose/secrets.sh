#!/bin/sh
# Make what docker-compose.yml needs to know alone: passwords, an authority, certificates. sh ops/compose/secrets.sh [FOLDER]
# Run it once; what is there is left as it is. Files are readable to every user of a container, the folder to you alone.
set -eu
umask 077
folder=${1:-secrets}
mkdir -p "$folder"
cd "$folder"

for name in admin porter detector extractor curator librarian sinker scribe tracker registrar \
    replay alpr lake letters policy watchlist stats watch topics; do
    [ -s "kafka_$name" ] || openssl rand -hex 24 >"kafka_$name"
done
for name in s3_admin s3_porter s3_detector s3_librarian s3_sweep grafana_admin postgres_lake; do
    [ -s "$name" ] || openssl rand -hex 20 >"$name"
done
[ -s lake_catalog ] || echo "postgresql://roadsieve:$(cat postgres_lake)@postgres:5432/lake" >lake_catalog

if ! [ -s ca.pem ]; then
    openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days 3650 -subj /CN=roadsieve-authority \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout ca.key -out ca.pem 2>/dev/null
fi
for host in kafka s3; do
    if ! [ -s "$host.pem" ]; then
        openssl req -newkey rsa:3072 -sha256 -nodes -subj "/CN=$host" -keyout "$host.key" -out "$host.csr" 2>/dev/null
        printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' "$host" >"$host.ext"
        openssl x509 -req -sha256 -in "$host.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 825 \
            -extfile "$host.ext" -out "$host.crt" 2>/dev/null
        cat "$host.key" "$host.crt" ca.pem >"$host.pem"
        rm "$host.csr" "$host.ext"
    fi
done
chmod 0444 ./*
chmod 0400 ca.key
