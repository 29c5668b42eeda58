# The base images are arguments, so that the file can be tried without a registry of images:
#   docker build -t outsidein .
#   buildah --storage-driver vfs --root R --runroot RR bud --isolation chroot --format docker \
#     --build-arg BUILD_IMAGE=localhost/rust -t outsidein .
ARG BUILD_IMAGE=rust:1-slim-bookworm
ARG RUNTIME_IMAGE=scratch

FROM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock probes.json ./
COPY src src
# Cargo.toml names the benches, so cargo wants their files.
COPY benches benches
RUN cargo build --release --locked --bin outsidein
# The binary and the shared objects that it names: no shell, no package manager, nothing to patch.
# Without `multi on` (host.conf(5)), getaddrinfo takes only a name's first line in /etc/hosts, so one family.
RUN mkdir -p /image/usr/bin /image/etc/outsidein \
 && echo 'multi on' > /image/etc/host.conf \
 && cp target/release/outsidein /image/usr/bin/ \
 && cp --parents --dereference $(ldd target/release/outsidein | grep -o '/[^ ]*') /image/

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="outsidein" \
      org.opencontainers.image.description="Outside-in DNS and DNSSEC probe exporter" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/ /
# Before USER: some builders give a new WORKDIR to the user, who has no business writing here.
WORKDIR /etc/outsidein
USER 65532:65532
EXPOSE 9853
# Asks 127.0.0.1:9853: whoever changes the port below changes it here too.
HEALTHCHECK --interval=30s --timeout=4s --start-period=2s CMD ["/usr/bin/outsidein", "healthcheck"]
ENTRYPOINT ["/usr/bin/outsidein"]
# A probes.json mounted at /etc/outsidein is read; without one, targets are given by address or host name.
CMD ["serve", "--web.listen-address", "[::]:9853"]
