#!/bin/sh
# Run the one Kafka node of docker-compose.yml: TLS, users by SCRAM, rights by ACLs. Its users are made at its first start.
set -eu
secrets=${SECRETS:-/run/secrets} bin=${KAFKA_BIN:-/opt/kafka/bin} data=${DATA:-/var/lib/kafka/data}
address=${ADDRESS:-kafka} port=${PORT:-9092} controller_port=${CONTROLLER_PORT:-9093} scratch=$SCRATCH
config=$scratch/server.properties
jaas=org.apache.kafka.common.security
umask 077
admin=$(cat "$secrets/kafka_admin")
login="required username=\"admin\" password=\"$admin\""

cat >"$config" <<EOF
process.roles=broker,controller
node.id=1
listeners=CLIENT://:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=CLIENT://$address:$port,CONTROLLER://127.0.0.1:$controller_port
listener.security.protocol.map=CLIENT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$controller_port
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=$jaas.scram.ScramLoginModule $login;
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=$jaas.plain.PlainLoginModule $login user_admin="$admin";
ssl.keystore.type=PEM
ssl.keystore.location=$secrets/kafka.pem
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.pem
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
log.dirs=$data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
EOF

set -- --add-scram "SCRAM-SHA-512=[name=admin,password=$admin]"
for file in "$secrets"/kafka_*; do
    name=${file##*/kafka_}
    if [ "$name" != admin ]; then
        set -- "$@" --add-scram "SCRAM-SHA-512=[name=roadsieve.$name,password=$(cat "$file")]"
    fi
done
"$bin/kafka-storage.sh" format --ignore-formatted --standalone --cluster-id cm9hZHNpZXZlLWJyb2tlcg --config "$config" "$@"

# For the health check: a client that comes in as the super user.
cat >"$scratch/admin.properties" <<EOF
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=$jaas.scram.ScramLoginModule $login;
ssl.truststore.type=PEM
ssl.truststore.location=$secrets/ca.pem
EOF
exec "$bin/kafka-server-start.sh" "$config"
