# Two images from one file, for docker, podman and buildah:
#
#   docker build -t dsm .                                  what a Pod runs: dsm and what it links
#   docker build -t dsm-unit-test --target unit-test .     a Pod that runs the unit tests
#
# tools/image builds both without a registry. BASE is any Debian 12 or 13.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS packages
WORKDIR /src
COPY scripts/install-packages scripts/
RUN apt-get -qq update && scripts/install-packages && apt-get -qq clean && \
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install ca-certificates

FROM packages AS build
# Where ccache lives: a cache mount, or a folder of the host that the builder mounts here.
ARG CCACHE_DIR=/ccache
COPY . .
RUN --mount=type=cache,target=/ccache \
    export CCACHE_DIR="${CCACHE_DIR}" && \
    cmake --preset release && \
    cmake --build --preset release --target dsm && \
    deploy/images/root-of /image build/release/dsm && \
    rm -r build

# No shell, no package manager, nothing that writes: dsm, its libraries, zones and certificates.
FROM scratch AS run
COPY --from=build /image /
USER 65532:65532
ENV DSM_DATA=/data DSM_LISTEN=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/usr/bin/dsm"]
CMD ["--help"]

FROM packages AS unit-test-build
ARG CCACHE_DIR=/ccache
COPY . .
RUN --mount=type=cache,target=/ccache \
    export CCACHE_DIR="${CCACHE_DIR}" && \
    cmake --preset dev && \
    cmake --build --preset dev --target unit_tests && \
    deploy/images/unit-test-root /image build/dev && \
    rm -r build

# The unit tests, the files they read, and the programs that some of them start.
FROM ${BASE} AS unit-test
RUN apt-get -qq update && \
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
        openssl python3-minimal redis-server tzdata && \
    apt-get -qq clean && rm -rf /var/lib/apt/lists
COPY --from=unit-test-build /image /
USER 65532:65532
WORKDIR /tmp
CMD ["/src/deploy/images/run-unit-tests"]

# The last stage is what a build without --target makes.
FROM run
