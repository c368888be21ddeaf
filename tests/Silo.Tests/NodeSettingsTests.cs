using Microsoft.Extensions.Configuration;
using Sessions.Silo.Settings;

namespace Sessions.Silo.Tests;

/// <summary>Settings of a node that cannot be used: each is named with what to set.</summary>
public sealed class NodeSettingsTests
{
    public static TheoryData<string, string, string> Faults => new()
    {
        { "Sessions:Retenton", "1d", "Sessions:Retenton is not a setting. Did you mean Sessions:Retention?" },
        { "Sessions:LeaseDuraton", "3s", "Sessions:LeaseDuraton is not a setting. Did you mean Sessions:LeaseDuration?" },
        { "Sessions:Retention", "7", "Sessions:Retention is '7': it is not a duration; write for example 1h30m, 90s, 500ms, 2d, 01:30:00 or PT1H30M." },
        { "Sessions:LeaseDuration", "", "Sessions:LeaseDuration is empty. Set a value or remove it." },
        { "Sessions:LeaseDuration", "2m", "Sessions:LeaseDuration is 00:02:00; set it between 00:00:00.5000000 and 00:01:00." },
        { "Sessions:LeaseDuration:Seconds", "3", "Sessions:LeaseDuration:Seconds is not a setting: Sessions:LeaseDuration is one value." },
        { "Sessions:Ceilings:acme:MaxDuraton", "1h", "Sessions:Ceilings:acme:MaxDuraton is not a setting. Did you mean Sessions:Ceilings:acme:MaxDuration?" },
        { "Sessions:Ceilings:acme:Quotas:Executions", "many", "Sessions:Ceilings:acme:Quotas:Executions is 'many': it is not a whole number." },
        { "Sessions:Storage", "floppy", "Sessions:Storage is 'floppy'; set sqlite, memory or postgres." },
        { "Session:Retention", "7d", "Session is not a section of settings. Did you mean Sessions?" },
        { "ConnectionStrings:Session", "Host=db", "ConnectionStrings:Session is not used. Did you mean ConnectionStrings:Sessions?" },
        { "Silo:GatewayPrt", "1", "Silo:GatewayPrt is not a setting. Did you mean Silo:GatewayPort?" },
        { "Silo:GatewayPort", "70000", "Silo:GatewayPort: set a port from 1 to 65535." },
        { "Silo:GatewayPort", "http", "Silo:GatewayPort is 'http': it is not a whole number." },
        { "Silo:ListenOnAnyAddress", "yes", "Silo:ListenOnAnyAddress is 'yes': it is neither true nor false." },
        { "Silo:AdvertisedAddress", "::", "Silo:AdvertisedAddress: set an IP address or host name by which other nodes can reach this one, or 'auto'." },
        { "Provisioners:slow:FileNme", "/bin/sh", "Provisioners:slow:FileNme is not a setting. Did you mean Provisioners:slow:FileName?" },
        { "Provisioners:slow:Arguments:0", "-c", "Provisioners:slow:FileName is not set. Set the program to run." },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void SettingThatCannotBeUsed_Read_IsNamedWithWhatToSet(string key, string value, string fault)
    {
        var refusal = Assert.Throws<InvalidSettingsException>(() => Read((key, value)));

        Assert.Contains(fault, refusal.Faults);
    }

    [Fact]
    public void SeveralFaults_Read_AreNamedTogether()
    {
        var refusal = Assert.Throws<InvalidSettingsException>(() => Read(("Silo:SiloPort", "0"), ("Sessions:Retenton", "1d"), ("Sessions:Storage", "floppy")));

        Assert.Equal(3, refusal.Faults.Count);
    }

    [Theory]
    [InlineData("3s")]
    [InlineData("00:00:03")]
    [InlineData("PT3S")]
    public void Duration_InAnyForm_IsRead(string text)
    {
        var settings = Read(("Sessions:LeaseDuration", text), ("Silo:CollectionAge", "5m"));

        Assert.Equal("00:00:03", settings.Sessions["LeaseDuration"]);
        Assert.Equal(TimeSpan.FromMinutes(5), settings.Silo.CollectionAge);
    }

    [Fact]
    public void RetentionThatIsEmpty_Read_IsForEver() => Assert.Equal("", Read(("Sessions:Retention", "")).Sessions["Retention"]);

    [Fact]
    public void CeilingWithEverything_Read_IsBound()
    {
        var settings = Read(
            ("Sessions:Ceilings:acme/eval:MaxDuration", "2h"), ("Sessions:Ceilings:acme/eval:Permissions", "ExecuteFunctions, ComposeFunctions"), ("Sessions:Ceilings:*:Quotas:ComputeTime", "90s"));

        Assert.Equal("02:00:00", settings.Sessions["Ceilings:acme/eval:MaxDuration"]);
        Assert.Equal("ExecuteFunctions, ComposeFunctions", settings.Sessions["Ceilings:acme/eval:Permissions"]);
        Assert.Equal("00:01:30", settings.Sessions["Ceilings:*:Quotas:ComputeTime"]);
    }

    [Theory]
    [InlineData("--GatewayPort=1", "--GatewayPort is not an option. Did you mean --Silo:GatewayPort?")]
    [InlineData("--Retention=7d", "--Retention is not an option. Did you mean --Sessions:Retention?")]
    [InlineData("--verbose=true", "--verbose is not an option. Options are settings, for example --Silo:GatewayPort=30000; --help lists them.")]
    public void OptionThatIsNoSetting_OnTheCommandLine_IsNamed(string argument, string fault)
    {
        var refusal = Assert.Throws<InvalidSettingsException>(() => NodeSettings.Read(new ConfigurationBuilder().AddCommandLine([argument]).Build(), [argument]));

        Assert.Equal([fault], refusal.Faults);
    }

    [Fact]
    public void EnvironmentOfOthers_Read_IsNotOurs() => Assert.NotNull(Read(("HOME", "/root"), ("Kestrel:Limits", "1"), ("MyApp:Port", "x")));

    private static NodeSettings Read(params (string Key, string Value)[] settings) => NodeSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(one => one.Key, string? (one) => one.Value)).Build(), []);
}
