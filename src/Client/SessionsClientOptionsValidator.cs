using Microsoft.Extensions.Options;

namespace Sessions.Client;

/// <summary>Stops the start on settings that could only fail later, and says what to change.</summary>
internal sealed class SessionsClientOptionsValidator : IValidateOptions<SessionsClientOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, SessionsClientOptions options)
    {
        var faults = new List<string>();
        foreach (var gateway in options.Gateways)
        {
            if (!GatewayEndpoint.TryParse(gateway, out _))
            {
                faults.Add($"Gateways: '{gateway}' is not host:port; write for example {SessionsClientOptions.DefaultGateway}.");
            }
        }

        RequireText(nameof(options.ClusterId), options.ClusterId);
        RequireText(nameof(options.ServiceId), options.ServiceId);
        if (!options.Actor.IsValid)
        {
            faults.Add($"Actor: is missing; name who acts in 1 to {Principal.MaxLength} characters.");
        }

        RequireRange(nameof(options.ConnectTimeout), options.ConnectTimeout, Shortest, Longest);
        RequireRange(nameof(options.ResponseTimeout), options.ResponseTimeout, Shortest, TimeSpan.FromMinutes(10));
        RequireRange(nameof(options.RetryBudget), options.RetryBudget, TimeSpan.Zero, Longest);

        if (!Enum.IsDefined(options.Admission))
        {
            faults.Add($"Admission: {options.Admission} is neither Leased nor Strict; set one of them.");
        }

        if (options.CacheCapacity is < 3 or > 10_000_000)
        {
            faults.Add($"CacheCapacity: {options.CacheCapacity} is not between 3 and 10,000,000; set it within.");
        }

        // Otherwise the first attempt alone would use the budget up, and an unknown outcome would never be repeated.
        if (options.RetryBudget > TimeSpan.Zero && options.RetryBudget < options.ResponseTimeout)
        {
            faults.Add($"RetryBudget: {options.RetryBudget} is shorter than ResponseTimeout, {options.ResponseTimeout}; "
                + "lengthen it, shorten ResponseTimeout, or set 0 to never repeat.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void RequireText(string field, string? text)
        {
            if (TextRules.FindFault(text, 1, 256) is { } fault)
            {
                faults.Add($"{field}: {fault}; use the value that the silos have, '{SessionsDefaults.ClusterId}' by default.");
            }
        }

        void RequireRange(string field, TimeSpan value, TimeSpan min, TimeSpan max)
        {
            if (value < min || value > max)
            {
                faults.Add($"{field}: {value} is not between {min} and {max}; set it within.");
            }
        }
    }
}
