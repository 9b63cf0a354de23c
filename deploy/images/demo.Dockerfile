# What the demo needs beside DSM and a cluster without a registry cannot pull: a Redis server, and the
# Pod from which one calls the services.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS redis
RUN apt-get -qq update && \
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install redis-server redis-tools && \
    apt-get -qq clean && rm -rf /var/lib/apt/lists
USER 65532:65532
WORKDIR /data
EXPOSE 6379
ENTRYPOINT ["redis-server"]

FROM ${BASE} AS testapp
RUN apt-get -qq update && \
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install curl ca-certificates && \
    apt-get -qq clean && rm -rf /var/lib/apt/lists
USER 65532:65532
CMD ["sleep", "infinity"]
