FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Silo -c Release -o /out/silo && dotnet publish src/Cli -c Release -o /out/cli

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /out /app
USER $APP_UID
EXPOSE 8080 11111 30000
ENV Silo__AdvertisedAddress=auto Silo__ListenOnAnyAddress=true
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD curl -fsS http://127.0.0.1:8080/health/ready
ENTRYPOINT ["dotnet", "/app/silo/Sessions.Silo.dll"]
