using Sessions.Cli;

return await new Tool(CliEnvironment.OfProcess()).RunAsync(args);
