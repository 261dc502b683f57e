import { makeDeployment } from '../support/deployment.ts';
import { type ServiceProcess, startService } from '../support/service.ts';

type OnClose = (close: () => unknown) => void;

/** A service process in a deployment of its own, both ended by `onClose`. */
export async function runService(
  onClose: OnClose,
  ...deployment: Parameters<typeof makeDeployment>
): Promise<ServiceProcess> {
  const made = await makeDeployment(...deployment);
  onClose(made.close);
  const service = await startService(made);
  onClose(service.close);
  return service;
}

/** Two processes of one deployment: with the same keys, and each with a ledger of its own. */
export async function runTwins(
  onClose: OnClose,
  ...deployment: Parameters<typeof makeDeployment>
): Promise<readonly [ServiceProcess, ServiceProcess]> {
  const made = await makeDeployment(...deployment);
  onClose(made.close);
  const [one, other] = await Promise.all([startService(made), startService(made)]);
  onClose(one.close);
  onClose(other.close);
  return [one, other];
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
