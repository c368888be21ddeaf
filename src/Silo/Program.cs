using Sessions.Silo;
using Sessions.Silo.StoreCopy;

if (args is ["store", .. var rest])
{
    using var stop = new CancellationTokenSource();
    Console.CancelKeyPress += (_, pressed) =>
    {
        // The copy is undone before the process ends.
        pressed.Cancel = true;
        stop.Cancel();
    };
    return await StoreCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token);
}

if (args.Any(static argument => argument is "--help" or "-h" or "-?"))
{
    await Console.Out.WriteAsync(NodeHelp.Text);
    return ExitCodes.Stopped;
}

if (args is ["--version"])
{
    await Console.Out.WriteLineAsync(Banner.Version);
    return ExitCodes.Stopped;
}

return await Node.RunAsync(args, Console.Out, Console.Error);
