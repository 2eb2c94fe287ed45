# One image for every stage: `docker run IMAGE VERB …`.
#   docker build .                       builds from source, needs nothing but Docker
#   docker build --target prebuilt .     takes the distribution that `mvn package` has left in app/target
FROM eclipse-temurin:25-jre AS runtime
# GDAL reads the formats that the program does not; curl asks for health.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gdal-bin curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/sarscribe --create-home sarscribe \
    && mkdir -p /data/incoming /data/demo /var/cache/sarscribe \
    && chown sarscribe /data/incoming /data/demo /var/cache/sarscribe
ENV DJL_CACHE_DIR=/tmp/djl HOME=/var/lib/sarscribe XDG_STATE_HOME=/var/lib/sarscribe PATH=/opt/sarscribe/bin:$PATH
USER 10001
WORKDIR /var/lib/sarscribe
# The script replaces itself by Java, which so gets the SIGTERM that drains and commits.
ENTRYPOINT ["/opt/sarscribe/bin/sarscribe"]
CMD ["--help"]

FROM runtime AS prebuilt
COPY app/target/sarscribe-0.1.0-SNAPSHOT /opt/sarscribe

FROM eclipse-temurin:25-jdk AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends maven \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# Own jars apart from others' and from the model: a new version is a small layer.
RUN mvn -q -B -ntp -DskipTests -pl app -am package \
    && cp -r app/target/sarscribe-0.1.0-SNAPSHOT /dist \
    && mkdir -p /own/lib && mv /dist/lib/sarscribe-*.jar /own/lib/

FROM runtime
COPY --from=build /dist/lib /opt/sarscribe/lib
COPY --from=build /dist/model /opt/sarscribe/model
COPY --from=build /dist/bin /opt/sarscribe/bin
COPY --from=build /own/lib /opt/sarscribe/lib
