using Sessions.Cli;

using var signals = new Signals();
var environment = CliEnvironment.OfProcess() with { IsReaderGone = () => signals.IsReaderGone };
return signals.ExitCodeOf(await new Tool(environment).RunAsync(args, signals.Token));
