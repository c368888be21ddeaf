# A node and the command line tool. By itself a node keeps its sessions in the volume /data:
#   docker build -t sessions-silo --build-arg VERSION=0.2.0 .
#   docker run -p 127.0.0.1:30000:30000 -v sessions-data:/data sessions-silo
# With ConnectionStrings__Sessions it is one of a cluster on PostgreSQL and leaves the volume empty; see docker-compose.yml.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
# Versions come from tags, and the repository is not copied.
ARG VERSION=0.0.0-docker
WORKDIR /source
COPY . .
RUN dotnet publish src/Silo -c Release -o /out/silo -p:MinVerVersionOverride=$VERSION \
    && dotnet publish src/Cli -c Release -o /out/cli -p:MinVerVersionOverride=$VERSION

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/* \
    && mkdir /data && chown $APP_UID /data
WORKDIR /app
COPY --from=build /out /app
USER $APP_UID
EXPOSE 8080 11111 30000
# The folder for application data, below which a node makes its own. Sessions__DataDirectory would be refused beside a connection string.
ENV XDG_DATA_HOME=/data
ENV Silo__AdvertisedAddress=auto Silo__ListenOnAnyAddress=true
VOLUME /data
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD curl -fsS http://127.0.0.1:8080/health/ready
ENTRYPOINT ["dotnet", "/app/silo/Sessions.Silo.dll"]
