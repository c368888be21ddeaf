using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Sessions.Grains")]
[assembly: InternalsVisibleTo("Sessions.Client")]
[assembly: InternalsVisibleTo("sessions")]
[assembly: InternalsVisibleTo("Sessions.Contracts.Tests")]
[assembly: InternalsVisibleTo("Sessions.Core.Tests")]
[assembly: InternalsVisibleTo("Sessions.Client.Tests")]
[assembly: InternalsVisibleTo("Sessions.Cli.Tests")]
